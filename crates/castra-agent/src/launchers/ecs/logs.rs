//! The last lines that a task's flow has printed, from CloudWatch Logs, where its task definition sends them there.

use std::time::Duration;

use castra_render::ecs::FLOW_CONTAINER;
use serde_json::Value;
use tokio::time::sleep;
use uuid::Uuid;

use super::api::{Api, LogStream};
use super::aws::{AwsError, retried};
use super::seen::TaskSeen;
use crate::launchers::last_lines::{last_lines, without_credential};

/// Lines arrive a moment after they were printed: how often is looked for them.
const LOOKS: u32 = 3;
/// How long between two looks.
const LAG: Duration = Duration::from_secs(1);

/// The last lines, oldest first, without the launch's credential. Output is never worth a flow run, so what cannot be
/// read is only logged.
pub(super) async fn last_lines_of(api: &Api, task: &TaskSeen, launch_id: Uuid) -> Vec<String> {
    let read = read(api, task).await.unwrap_or_else(|error| {
        tracing::warn!(%launch_id, %error, "cannot read what a flow run printed");
        Vec::new()
    });
    last_lines(without_credential(&read.join("\n"), launch_id).as_bytes(), None)
}

async fn read(api: &Api, task: &TaskSeen) -> Result<Vec<String>, AwsError> {
    let definition = retried(|| api.describe_task_definition(&task.task_definition_arn)).await?;
    let Some(log) = log_stream(&definition, task).filter(|log| is_in_reach(log, api.region())) else {
        return Ok(Vec::new());
    };
    for _ in 1..LOOKS {
        match retried(|| api.last_log_events(&log)).await {
            Ok(events) if !events.is_empty() => return Ok(events),
            Err(error) if error.code() != "ResourceNotFoundException" => return Err(error),
            _ => sleep(LAG).await,
        }
    }
    match retried(|| api.last_log_events(&log)).await {
        // A container that prints nothing may have no stream.
        Err(error) if error.code() == "ResourceNotFoundException" => Ok(Vec::new()),
        events => events,
    }
}

fn is_in_reach(log: &LogStream, region: &str) -> bool {
    log.region.as_deref().is_none_or(|other| other == region)
}

/// Where the container `flow` logs to, if to CloudWatch Logs under a name that can be known. (AWS: "Using the awslogs log
/// driver": `prefix/container/task id`, or the container's runtime id without a prefix.)
fn log_stream(definition: &Value, task: &TaskSeen) -> Option<LogStream> {
    let containers = definition["containerDefinitions"].as_array()?;
    let flow = containers.iter().find(|container| container["name"] == FLOW_CONTAINER)?;
    let logs = flow.get("logConfiguration").filter(|logs| logs["logDriver"] == "awslogs")?;
    let option = |name: &str| logs["options"][name].as_str().map(str::to_owned);
    let stream = match option("awslogs-stream-prefix") {
        Some(prefix) => format!("{prefix}/{FLOW_CONTAINER}/{}", task.id()),
        None => task.flow()?.runtime_id.clone()?,
    };
    Some(LogStream { group: option("awslogs-group")?, stream, region: option("awslogs-region") })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn stream(logs: Value) -> String {
        let definition = json!({ "containerDefinitions": [{ "name": "flow", "logConfiguration": logs }] });
        let task = json!({
            "taskArn": "arn:aws:ecs:eu-west-1:1:task/prod/abc", "containers": [{ "name": "flow", "runtimeId": "r1" }],
        });
        let stream = log_stream(&definition, &serde_json::from_value(task).unwrap());
        stream.map_or("none".to_owned(), |log| format!("{}: {}", log.group, log.stream))
    }

    #[test]
    fn streams_are_named_by_prefix_container_and_task() {
        let options = json!({ "awslogs-group": "flows", "awslogs-stream-prefix": "etl", "awslogs-region": "eu-west-1" });
        assert_eq!(stream(json!({ "logDriver": "awslogs", "options": options })), "flows: etl/flow/abc");
        let options = json!({ "awslogs-group": "flows" });
        assert_eq!(stream(json!({ "logDriver": "awslogs", "options": options })), "flows: r1");
        assert_eq!(stream(json!({ "logDriver": "awsfirelens", "options": options })), "none");
        assert_eq!(stream(json!({ "logDriver": "awslogs" })), "none");
    }
}
