//! Why a launch was not made: AWS' errors and RunTask's `failures` as what the run is told. Pure. (AWS: "Amazon ECS API
//! failure reasons".)

use super::api::Failure;
use super::aws::{AwsError, Nature};
use crate::launchers::LaunchError;

/// Beginnings of reasons that may pass: something is full, or not there yet.
const PASSING: [&str; 7] = [
    "RESOURCE:",
    "AGENT",
    "EMPTY CAPACITY PROVIDER",
    "NO ACTIVE INSTANCES",
    "CAPACITY",
    "INTERNAL",
    "THROTTL",
];
/// What AWS says of a cluster or an account that is full, as an error instead of a failure.
const FULL: [&str; 4] = [
    "no container instances were found",
    "reached the limit on the number of",
    "capacity is unavailable",
    "limit on the number of tasks",
];

/// What to do about an error, if that is known.
pub(super) fn hint(error: &AwsError) -> &'static str {
    match (error.code(), error.nature()) {
        ("ClusterNotFoundException", _) => {
            ": create it, or name another with --cluster or in run_task_kwargs, or start the agent for the region that it \
             is in with --region-name"
        }
        (_, Nature::Denied) => ": let the agent's role do that, see docs/ecs.md",
        _ => "",
    }
}

/// What an error of AWS' means for a launch. `about` is what was asked about.
pub(super) fn refused(error: &AwsError, about: &str) -> LaunchError {
    let words = error.message().to_lowercase();
    let is_full = FULL.iter().any(|full| words.contains(full));
    if is_full || matches!(error.nature(), Nature::Away | Nature::Throttled | Nature::Credentials) {
        return LaunchError::NotLaunched(format!("{about}: {error}"));
    }
    LaunchError::Refused(format!("{about}: {error}{}", hint(error)))
}

/// What it means that RunTask has started nothing.
pub(super) fn not_placed(failures: &[Failure]) -> LaunchError {
    let Some(failure) = failures.first() else {
        return LaunchError::NotLaunched("ECS started no task and does not say why".to_owned());
    };
    let reason = failure.reason.as_deref().unwrap_or_default();
    let words = failure.detail.as_deref().filter(|detail| !detail.is_empty());
    let words = words.map_or_else(|| reason.to_owned(), |detail| format!("{reason}: {detail}"));
    let words = words.trim_end_matches('.');
    let upper = reason.to_uppercase();
    match PASSING.iter().any(|passing| upper.starts_with(passing)) {
        true => {
            LaunchError::NotLaunched(format!("ECS has no place for its task now: {words}{}", meaning(&upper)))
        }
        false => LaunchError::Refused(format!("ECS does not start its task: {words}{}", meaning(&upper))),
    }
}

/// What a reason means that is only a word.
fn meaning(reason: &str) -> &'static str {
    match reason {
        "RESOURCE:CPU" => " (no container instance has as many CPU units free)",
        "RESOURCE:MEMORY" => " (no container instance has as much memory free)",
        "RESOURCE:ENI" => " (no container instance has a network interface free)",
        "RESOURCE:PORTS" | "RESOURCE:PORT" => " (its host ports are in use on every container instance)",
        "AGENT" => " (the container instances' agents are not connected)",
        "ATTRIBUTE" => {
            " (no container instance has an attribute that its task definition needs: see its logging driver, roles and volumes)"
        }
        "EMPTY CAPACITY PROVIDER" => " (the capacity provider has no container instances)",
        "NO ACTIVE INSTANCES" => " (the capacity provider's container instances are not active)",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(reason: &str, detail: Option<&str>) -> String {
        let failure =
            Failure { arn: None, reason: Some(reason.to_owned()), detail: detail.map(str::to_owned) };
        format!("{:?}", not_placed(&[failure]))
    }

    #[test]
    fn what_is_full_now_may_have_room_later() {
        insta::assert_snapshot!(failure("RESOURCE:MEMORY", None), @r#"NotLaunched("ECS has no place for its task now: RESOURCE:MEMORY (no container instance has as much memory free)")"#);
        insta::assert_snapshot!(failure("Capacity is unavailable at this time. Please try again later or in a different availability zone", None), @r#"NotLaunched("ECS has no place for its task now: Capacity is unavailable at this time. Please try again later or in a different availability zone")"#);
        insta::assert_snapshot!(failure("AGENT", None), @r#"NotLaunched("ECS has no place for its task now: AGENT (the container instances' agents are not connected)")"#);
    }

    #[test]
    fn what_will_not_change_by_itself_refuses_the_run() {
        insta::assert_snapshot!(failure("ATTRIBUTE", None), @r#"Refused("ECS does not start its task: ATTRIBUTE (no container instance has an attribute that its task definition needs: see its logging driver, roles and volumes)")"#);
        insta::assert_snapshot!(failure("MISSING", Some("No such thing.")), @r#"Refused("ECS does not start its task: MISSING: No such thing")"#);
    }

    fn error(code: &str, message: &str) -> String {
        let error = AwsError::Answered {
            service: "ECS",
            status: 400,
            code: code.to_owned(),
            message: message.to_owned(),
        };
        format!("{:?}", refused(&error, "the cluster `prod` in region eu-west-1"))
    }

    #[test]
    fn errors_say_what_to_do() {
        insta::assert_snapshot!(error("ClusterNotFoundException", "Cluster not found."), @r#"Refused("the cluster `prod` in region eu-west-1: ECS: ClusterNotFoundException: Cluster not found: create it, or name another with --cluster or in run_task_kwargs, or start the agent for the region that it is in with --region-name")"#);
        insta::assert_snapshot!(error("AccessDeniedException", "User: x is not authorized to perform: ecs:RunTask"), @r#"Refused("the cluster `prod` in region eu-west-1: ECS: AccessDeniedException: User: x is not authorized to perform: ecs:RunTask: let the agent's role do that, see docs/ecs.md")"#);
        insta::assert_snapshot!(error("InvalidParameterException", "No Container Instances were found in your cluster."), @r#"NotLaunched("the cluster `prod` in region eu-west-1: ECS: InvalidParameterException: No Container Instances were found in your cluster")"#);
        insta::assert_snapshot!(error("ExpiredTokenException", "The security token included in the request is expired"), @r#"NotLaunched("the cluster `prod` in region eu-west-1: ECS: ExpiredTokenException: The security token included in the request is expired: AWS does not take the agent's credentials; renew or correct them")"#);
    }
}
