//! Why a task stopped: ECS' stop codes, reasons and exit codes as a cause. Pure. (AWS: "Amazon ECS stopped task error
//! messages", "Task state change events".)

use castra_core::cause::Cause;
use nix::sys::signal::Signal;

use super::seen::{ContainerSeen, TaskSeen};
use crate::launchers::pull_failure::pull_failure;

/// The reason that Castra gives for stopping a task.
pub(super) const STOPPED_BY_CASTRA: &str = "Stopped by Castra";
/// What ECS itself could not provide though nothing is wrong with the task: another attempt may have it.
const PASSING: [&str; 5] = [
    "capacity is unavailable",
    "timeout waiting for network interface provisioning",
    "unexpected ec2 error",
    "network interface provisioning",
    "error retrieving security group",
];

/// Why a stopped task stopped.
pub(super) fn cause_of(task: &TaskSeen) -> Cause {
    let reason = reason_of(task);
    match task.stop_code.as_deref() {
        Some("SpotInterruption" | "TerminationNotice") => return Cause::Evicted { reason },
        Some("UserInitiated") => return by_hand(task, reason),
        _ => {}
    }
    let flow = task.flow();
    if let Some(cause) = flow.and_then(|flow| trouble_of(task, flow, &reason)) {
        return cause;
    }
    match flow.and_then(|flow| flow.exit_code) {
        Some(code) => exited(task, code),
        None => without_exit_code(task, reason),
    }
}

/// How the container with the flow ended, whatever becomes of the others.
pub(super) fn end_of_flow(task: &TaskSeen) -> Option<Cause> {
    let flow = task.flow().filter(|flow| flow.last_status.as_deref() == Some("STOPPED"))?;
    trouble_of(task, flow, "").or_else(|| flow.exit_code.map(exit))
}

/// How a launch that Castra asked to stop has ended: by itself if it had before, else by the last signal it took.
pub(super) fn stopped_cause(task: Option<&TaskSeen>) -> Cause {
    match task {
        Some(task) if !matches!(task.stop_code.as_deref(), None | Some("UserInitiated")) => cause_of(task),
        Some(task) => Cause::Stopped { signal: stop_signal(task) },
        None => Cause::Stopped { signal: "SIGTERM".to_owned() },
    }
}

/// Which signal it took.
fn stop_signal(task: &TaskSeen) -> String {
    // ECS sends SIGTERM, and SIGKILL to what has not ended within its `stopTimeout`.
    let was_killed = task.flow().and_then(|flow| flow.exit_code) == Some(137);
    if was_killed { "SIGKILL" } else { "SIGTERM" }.to_owned()
}

/// Whether it was Castra that stopped it, perhaps an earlier life of the agent.
fn is_stopped_by_castra(task: &TaskSeen) -> bool {
    let reason = task.stopped_reason.as_deref().unwrap_or_default();
    task.stop_code.as_deref() == Some("UserInitiated") && reason.contains(STOPPED_BY_CASTRA)
}

fn by_hand(task: &TaskSeen, reason: String) -> Cause {
    match is_stopped_by_castra(task) {
        true => Cause::Stopped { signal: stop_signal(task) },
        false => Cause::Removed { what: format!("the task {} was stopped: {reason}", task.id()) },
    }
}

/// What the container's reason, or the task's, says of images, memory and starting.
fn trouble_of(task: &TaskSeen, flow: &ContainerSeen, task_reason: &str) -> Option<Cause> {
    let reason = flow.reason.as_deref().unwrap_or_default();
    if reason.starts_with("OutOfMemoryError") && flow.exit_code != Some(0) {
        return Some(Cause::OutOfMemory { limit: memory_limit(task, flow) });
    }
    let pull = [reason, task_reason].into_iter().find(|reason| is_pull_error(reason));
    if let Some(pull) = pull {
        return Some(not_pulled(flow, pull));
    }
    let never_began = flow.exit_code.is_none() && !reason.is_empty();
    never_began.then(|| Cause::NotStarted { reason: reason.to_owned() })
}

fn is_pull_error(reason: &str) -> bool {
    reason.contains("CannotPullContainerError") || reason.contains("CannotPullECRContainerError")
}

fn not_pulled(flow: &ContainerSeen, reason: &str) -> Cause {
    Cause::ImageNotPulled {
        image: flow.image.clone().unwrap_or_default(),
        failure: pull_failure(reason),
        reason: reason.trim_end_matches('.').to_owned(),
    }
}

/// The container's own limit, else the task's.
fn memory_limit(task: &TaskSeen, flow: &ContainerSeen) -> Option<String> {
    let limits = [&flow.memory, &task.memory];
    let limit = limits.into_iter().flatten().find(|limit| !limit.is_empty() && *limit != "0")?;
    Some(format!("{limit} MiB"))
}

/// ECS ends all containers of a task with the first essential one that ends.
fn exited(task: &TaskSeen, code: i64) -> Cause {
    let was_ended = matches!(code, 137 | 143);
    let is_first = |container: &&ContainerSeen| {
        container.exit_code.is_some_and(|code| !matches!(code, 137 | 143))
            && task.flow().is_some_and(|flow| flow.name != container.name)
    };
    match task.containers.iter().find(is_first) {
        Some(ContainerSeen { name, exit_code: Some(code), .. }) if was_ended => Cause::Removed {
            what: format!("its container `{name}` ended with exit code {code}, and the task with it"),
        },
        _ => exit(code),
    }
}

/// An exit code above 128 is a runtime's word for a signal.
fn exit(code: i64) -> Cause {
    let code = i32::try_from(code).unwrap_or(-1);
    match Signal::try_from(code - 128) {
        Ok(signal) => Cause::Signaled { signal: signal.as_str().to_owned() },
        Err(_) => Cause::Exited { code },
    }
}

fn without_exit_code(task: &TaskSeen, reason: String) -> Cause {
    let words = reason.to_lowercase();
    if words.contains("host ec2") && (words.contains("terminated") || words.contains("stopped")) {
        return Cause::Evicted { reason };
    }
    if !task.started_at && PASSING.iter().any(|passing| words.contains(passing)) {
        return Cause::NotLaunched { reason };
    }
    let other = task.containers.iter().find(|container| container.reason.is_some());
    let reason = match (other, task.started_at) {
        (Some(ContainerSeen { name, reason: Some(why), .. }), _) => {
            format!("{reason} (container `{name}`: {why})")
        }
        _ => reason,
    };
    match task.started_at {
        true => Cause::Vanished { reason: format!("ECS does not say how it ended: {reason}") },
        false => Cause::NotStarted { reason },
    }
}

fn reason_of(task: &TaskSeen) -> String {
    let given = [&task.stopped_reason, &task.stop_code].into_iter().flatten().find(|words| !words.is_empty());
    given.map_or("ECS gives no reason".to_owned(), |words| words.trim_end_matches('.').to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// Why a stopped task stopped, whose container `flow` is like this.
    fn words(task: Value, flow: Value) -> String {
        let mut document = json!({
            "taskArn": "arn:aws:ecs:eu-west-1:1:task/prod/abc", "lastStatus": "STOPPED", "memory": "2048",
            "containers": [{ "name": "flow", "image": "etl:2", "lastStatus": "STOPPED" }],
        });
        document["containers"][0].as_object_mut().unwrap().extend(flow.as_object().unwrap().clone());
        document.as_object_mut().unwrap().extend(task.as_object().unwrap().clone());
        let task: TaskSeen = serde_json::from_value(document).unwrap();
        cause_of(&task).to_string()
    }

    fn essential(flow: Value) -> String {
        let task = json!({
            "stopCode": "EssentialContainerExited", "stoppedReason": "Essential container in task exited", "startedAt": 1.0,
        });
        words(task, flow)
    }

    fn never_started(stopped_reason: &str, container_reason: Option<&str>) -> String {
        let task = json!({ "stopCode": "TaskFailedToStart", "stoppedReason": stopped_reason });
        words(task, json!({ "reason": container_reason }))
    }

    #[test]
    fn an_exit_code_is_the_flows_own() {
        insta::assert_snapshot!(essential(json!({ "exitCode": 0 })), @"The flow run's process exited with code 0");
        insta::assert_snapshot!(essential(json!({ "exitCode": 3 })), @"The flow run's process failed with exit code 3");
        insta::assert_snapshot!(essential(json!({ "exitCode": 139 })), @"The flow run's process was killed by SIGSEGV, which Castra did not send");
    }

    #[test]
    fn memory_that_ran_out_is_told_with_the_limit() {
        let reason = "OutOfMemoryError: Container killed due to memory usage";
        insta::assert_snapshot!(essential(json!({ "exitCode": 137, "reason": reason })), @"The flow run used more memory than its limit of 2048 MiB: raise the limit");
        insta::assert_snapshot!(essential(json!({ "exitCode": 137, "reason": reason, "memory": "512" })), @"The flow run used more memory than its limit of 512 MiB: raise the limit");
    }

    #[test]
    fn an_image_that_could_not_be_pulled_is_told_with_its_kind() {
        let pull = |reason: &str| never_started(reason, Some(reason));
        insta::assert_snapshot!(pull("CannotPullContainerError: Error response from daemon: manifest for etl:2 not found: manifest unknown"), @"The image `etl:2` could not be pulled: CannotPullContainerError: Error response from daemon: manifest for etl:2 not found: manifest unknown (see that name and tag are right and the image was pushed)");
        insta::assert_snapshot!(pull("CannotPullContainerError: inspect image has been retried 1 time(s): unexpected status code: 429 Too Many Requests - Server message: toomanyrequests"), @"The image `etl:2` could not be pulled: CannotPullContainerError: inspect image has been retried 1 time(s): unexpected status code: 429 Too Many Requests - Server message: toomanyrequests (the registry grants no more pulls for now: try later, or log in)");
        insta::assert_snapshot!(pull("CannotPullECRContainerError: AccessDeniedException: User: arn:aws:sts::1:assumed-role/x is not authorized to perform: ecr:GetAuthorizationToken"), @"The image `etl:2` could not be pulled: CannotPullECRContainerError: AccessDeniedException: User: arn:aws:sts::1:assumed-role/x is not authorized to perform: ecr:GetAuthorizationToken (give the target credentials for the registry)");
        insta::assert_snapshot!(never_started("CannotPullContainerError: ref pull has been retried 5 time(s): dial tcp 1.2.3.4:443: i/o timeout", None), @"The image `etl:2` could not be pulled: CannotPullContainerError: ref pull has been retried 5 time(s): dial tcp 1.2.3.4:443: i/o timeout (see that its registry can be reached from there)");
    }

    #[test]
    fn what_did_not_start_tells_why_and_what_ecs_lacked_may_be_tried_again() {
        insta::assert_snapshot!(never_started("ResourceInitializationError: unable to pull secrets or registry auth: access denied", None), @"The flow run could not be started: ResourceInitializationError: unable to pull secrets or registry auth: access denied");
        insta::assert_snapshot!(never_started("Task failed to start", Some("CannotStartContainerError: exec: \"castra\": executable file not found")), @r#"The flow run could not be started: CannotStartContainerError: exec: "castra": executable file not found"#);
        insta::assert_snapshot!(never_started("Timeout waiting for network interface provisioning to complete.", None), @"The run was not launched: Timeout waiting for network interface provisioning to complete");
        insta::assert_snapshot!(never_started("Capacity is unavailable at this time. Please try again later or in a different availability zone.", None), @"The run was not launched: Capacity is unavailable at this time. Please try again later or in a different availability zone");
    }

    #[test]
    fn who_ended_it_from_outside_is_told() {
        let stopped = |code: &str, reason: &str| {
            let task = json!({ "stopCode": code, "stoppedReason": reason, "startedAt": 1.0 });
            words(task, json!({ "exitCode": 143 }))
        };
        insta::assert_snapshot!(stopped("SpotInterruption", "Your Spot Task was interrupted."), @"The flow run was evicted: Your Spot Task was interrupted");
        insta::assert_snapshot!(stopped("UserInitiated", "Task stopped by user"), @"The flow run was ended from outside: the task abc was stopped: Task stopped by user, which Castra did not do");
        insta::assert_snapshot!(stopped("UserInitiated", STOPPED_BY_CASTRA), @"The flow run's process was stopped with SIGTERM");
        let host = json!({ "stoppedReason": "Host EC2 (instance i-1) terminated.", "startedAt": 1.0 });
        insta::assert_snapshot!(words(host, json!({})), @"The flow run was evicted: Host EC2 (instance i-1) terminated");
        insta::assert_snapshot!(words(json!({ "startedAt": 1.0 }), json!({})), @"The flow run's process is gone: ECS does not say how it ended: ECS gives no reason");
    }

    #[test]
    fn a_task_that_ends_with_another_container_says_with_which() {
        let task = json!({
            "stopCode": "EssentialContainerExited", "startedAt": 1.0, "containers": [
                { "name": "flow", "exitCode": 143, "lastStatus": "STOPPED" },
                { "name": "proxy", "exitCode": 1, "lastStatus": "STOPPED" },
            ],
        });
        insta::assert_snapshot!(words(task, json!({})), @"The flow run was ended from outside: its container `proxy` ended with exit code 1, and the task with it, which Castra did not do");
    }
}
