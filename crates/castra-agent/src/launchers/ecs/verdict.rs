//! What a launch's task means as it is seen: how far it has come, what holds it up, whether it is over. Pure; why a task
//! stopped says `stopped.rs`.

use std::time::Duration;

use castra_core::cause::Cause;
use castra_core::launch::LaunchPhase;

use super::seen::{Seen, TaskSeen};
use super::stopped::{cause_of, end_of_flow};

/// How long other containers may outlive the one with the flow: ECS ends them with it unless it is not essential.
const LINGERING: Duration = Duration::from_secs(10);
/// How long ECS may not know a task: what it tells of one that was just made comes a moment late.
pub(super) const LAG: Duration = Duration::from_secs(30);

/// How a launch stands.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Verdict {
    /// How far it has come.
    pub(super) phase: LaunchPhase,
    /// What it is busy with or held up by; empty if by nothing.
    pub(super) detail: String,
    pub(super) standing: Standing,
}

/// Whether it goes on.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Standing {
    Alive,
    /// If this lasts longer than the grace, it is the end.
    Troubled {
        cause: Cause,
        grace: Duration,
    },
    Over(Cause),
}

/// How a launch stands.
pub(super) fn verdict(seen: &Seen) -> Verdict {
    let standing = standing(seen);
    let (phase, detail) = match &seen.task {
        Some(task) => (phase(task), detail(task, &standing)),
        None => (LaunchPhase::Submitted, String::new()),
    };
    Verdict { phase, detail, standing }
}

fn standing(seen: &Seen) -> Standing {
    if seen.missed > 0 {
        let reason = "ECS does not know its task any more; it forgets one an hour after its end".to_owned();
        return Standing::Troubled { cause: Cause::Vanished { reason }, grace: LAG };
    }
    match &seen.task {
        Some(task) if task.is_stopped() => Standing::Over(cause_of(task)),
        Some(task) if !task.is_being_stopped() => match end_of_flow(task) {
            Some(cause) => Standing::Troubled { cause, grace: LINGERING },
            None => Standing::Alive,
        },
        _ => Standing::Alive,
    }
}

fn phase(task: &TaskSeen) -> LaunchPhase {
    let is_running = matches!(task.last_status.as_str(), "RUNNING" | "DEACTIVATING" | "STOPPING");
    if task.started_at || is_running {
        LaunchPhase::Started
    } else if task.pull_stopped_at {
        LaunchPhase::Pulled
    } else if task.pull_started_at || matches!(task.last_status.as_str(), "PENDING" | "ACTIVATING") {
        LaunchPhase::Scheduled
    } else {
        LaunchPhase::Submitted
    }
}

fn detail(task: &TaskSeen, standing: &Standing) -> String {
    if *standing != Standing::Alive || task.is_being_stopped() {
        return String::new();
    }
    match phase(task) {
        LaunchPhase::Submitted if task.last_status == "PROVISIONING" => {
            "ECS looks for a place for it".to_owned()
        }
        LaunchPhase::Scheduled if task.pull_started_at => {
            let image = task.flow().and_then(|flow| flow.image.as_deref()).unwrap_or_default();
            format!("pulling the image `{image}`")
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn told(task: Value) -> String {
        let task = serde_json::from_value(task).unwrap();
        let Verdict { phase, detail, standing } = verdict(&Seen { task: Some(task), missed: 0 });
        format!("{phase}, {detail:?}, {standing:?}")
    }

    fn task(status: &str, more: Value) -> Value {
        let mut task = json!({
            "lastStatus": status, "desiredStatus": "RUNNING", "containers": [{ "name": "flow", "image": "etl:2" }],
        });
        task.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        task
    }

    #[test]
    fn phases_are_those_of_the_task_and_its_image() {
        insta::assert_snapshot!(told(task("PROVISIONING", json!({}))), @r#"submitted, "ECS looks for a place for it", Alive"#);
        insta::assert_snapshot!(told(task("PENDING", json!({}))), @r#"scheduled, "", Alive"#);
        insta::assert_snapshot!(told(task("PENDING", json!({ "pullStartedAt": 1.5 }))), @r#"scheduled, "pulling the image `etl:2`", Alive"#);
        insta::assert_snapshot!(told(task("PENDING", json!({ "pullStartedAt": 1.5, "pullStoppedAt": 2.5 }))), @r#"pulled, "", Alive"#);
        insta::assert_snapshot!(told(task("RUNNING", json!({ "startedAt": 3 }))), @r#"started, "", Alive"#);
        insta::assert_snapshot!(told(task("DEPROVISIONING", json!({ "startedAt": 3, "desiredStatus": "STOPPED" }))), @r#"started, "", Alive"#);
    }

    #[test]
    fn only_a_stopped_task_is_over() {
        let flow = json!([{ "name": "flow", "lastStatus": "STOPPED", "exitCode": 3 }]);
        insta::assert_snapshot!(told(task("STOPPED", json!({ "containers": flow, "startedAt": 3 }))), @"started, \"\", Over(Exited { code: 3 })");
        insta::assert_snapshot!(told(task("DEPROVISIONING", json!({ "containers": flow, "desiredStatus": "STOPPED", "startedAt": 3 }))), @r#"started, "", Alive"#);
    }

    #[test]
    fn a_flow_that_is_not_essential_leaves_a_task_behind() {
        let containers = json!([
            { "name": "flow", "lastStatus": "STOPPED", "exitCode": 3 }, { "name": "proxy", "lastStatus": "RUNNING" },
        ]);
        insta::assert_snapshot!(told(task("RUNNING", json!({ "containers": containers }))), @"started, \"\", Troubled { cause: Exited { code: 3 }, grace: 10s }");
    }

    #[test]
    fn a_task_that_ecs_does_not_know_is_waited_for_a_little() {
        let seen = Seen { task: None, missed: 2 };
        assert!(matches!(verdict(&seen).standing, Standing::Troubled { cause: Cause::Vanished { .. }, .. }));
    }
}
