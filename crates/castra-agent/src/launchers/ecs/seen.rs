//! What is kept of a task, from the answers of RunTask and DescribeTasks.

use castra_render::ecs::FLOW_CONTAINER;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// What is known of a launch's task.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Seen {
    /// The task, once ECS has told of it.
    pub(crate) task: Option<TaskSeen>,
    /// How often in a row ECS did not know it.
    pub(crate) missed: u32,
}

/// A task, as ECS describes it.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct TaskSeen {
    pub(crate) task_arn: String,
    pub(crate) cluster_arn: String,
    pub(crate) task_definition_arn: String,
    /// Where it is between `PROVISIONING` and `STOPPED`.
    pub(crate) last_status: String,
    /// `RUNNING`, or `STOPPED` once something has decided that it ends.
    pub(crate) desired_status: String,
    /// Why it stopped, as a code; absent from some stopped tasks.
    pub(crate) stop_code: Option<String>,
    /// Why it stopped, in words.
    pub(crate) stopped_reason: Option<String>,
    #[serde(deserialize_with = "is_there")]
    pub(crate) pull_started_at: bool,
    #[serde(deserialize_with = "is_there")]
    pub(crate) pull_stopped_at: bool,
    #[serde(deserialize_with = "is_there")]
    pub(crate) started_at: bool,
    /// The memory of the whole task, in MiB.
    pub(crate) memory: Option<String>,
    pub(crate) containers: Vec<ContainerSeen>,
    pub(crate) started_by: Option<String>,
    pub(crate) tags: Vec<Tag>,
}

/// A container of a task.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ContainerSeen {
    pub(crate) name: String,
    pub(crate) image: Option<String>,
    pub(crate) last_status: Option<String>,
    /// Absent if its process never began.
    pub(crate) exit_code: Option<i64>,
    /// What went wrong with it, in words.
    pub(crate) reason: Option<String>,
    /// What its runtime calls it.
    pub(crate) runtime_id: Option<String>,
    /// Its own limit, in MiB.
    pub(crate) memory: Option<String>,
}

/// A tag.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(default)]
pub(crate) struct Tag {
    pub(crate) key: String,
    pub(crate) value: Option<String>,
}

/// When does not matter, only whether.
fn is_there<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(!Value::deserialize(deserializer)?.is_null())
}

impl TaskSeen {
    /// Whether nothing of it runs, now or later.
    pub(crate) fn is_stopped(&self) -> bool {
        self.last_status == "STOPPED"
    }

    /// Whether something has decided that it ends.
    pub(crate) fn is_being_stopped(&self) -> bool {
        self.desired_status == "STOPPED"
    }

    /// The container that the flow runs in.
    pub(crate) fn flow(&self) -> Option<&ContainerSeen> {
        self.containers.iter().find(|container| container.name == FLOW_CONTAINER)
    }

    /// The last part of its ARN, by which people know it.
    pub(crate) fn id(&self) -> &str {
        self.task_arn.rsplit('/').next().unwrap_or_default()
    }
}
