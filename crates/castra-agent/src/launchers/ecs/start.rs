//! Start: a rendered launch becomes a task. One RunTask does it, sent again with the same client token until its answer is
//! known, so that there is one task however many answers were lost. What it needs before is put or registered first.

use castra_render::Order;
use castra_render::ecs::EcsSpec;
use serde_json::{Map, Value};

use super::api::Api;
use super::aws::{AwsError, Nature, retried, wait_after};
use super::definitions::{Definitions, Registered};
use super::refusal::{not_placed, refused};
use super::seen::TaskSeen;
use crate::launchers::LaunchError;

/// How often RunTask is tried as long as it is sure that it has started nothing.
const ATTEMPTS: u32 = 6;

/// A launch that is being made.
pub(super) struct Start<'a> {
    pub(super) api: &'a Api,
    pub(super) definitions: &'a Definitions,
    pub(super) order: &'a Order,
}

/// Why no task was run.
struct NotRun {
    error: LaunchError,
    /// There is no such task definition.
    lacks_definition: bool,
}

impl From<LaunchError> for NotRun {
    fn from(error: LaunchError) -> Self {
        Self { error, lacks_definition: false }
    }
}

impl From<NotRun> for LaunchError {
    fn from(not_run: NotRun) -> Self {
        not_run.error
    }
}

impl Start<'_> {
    /// Does what a rendered launch says.
    pub(super) async fn carry_out(&self, spec: EcsSpec) -> Result<TaskSeen, LaunchError> {
        let EcsSpec { register_task_definition, mut run_task, put_parameter } = spec;
        is_for_one_task(&run_task)?;
        if let Some(parameter) = &put_parameter {
            let put = retried(|| self.api.put_parameter(parameter)).await;
            put.map_err(|error| refused(&error, "keeping its credential as a parameter"))?;
        }
        let Some(definition) = register_task_definition else { return Ok(self.run(&run_task).await?) };
        let is_shared = put_parameter.is_none();
        let registered = self.registered(&definition, is_shared).await?;
        run_task.insert("taskDefinition".to_owned(), registered.arn.as_str().into());
        match self.run(&run_task).await {
            // Somebody has deregistered it since it was registered.
            Err(NotRun { lacks_definition: true, .. }) if registered.is_remembered => {
                self.definitions.forget(&registered.arn);
                let registered = self.registered(&definition, is_shared).await?;
                run_task.insert("taskDefinition".to_owned(), registered.arn.into());
                Ok(self.run(&run_task).await?)
            }
            ran => Ok(ran?),
        }
    }

    async fn registered(
        &self,
        definition: &Map<String, Value>,
        is_shared: bool,
    ) -> Result<Registered, LaunchError> {
        let definition = definition.clone();
        let registered = match is_shared {
            true => self.definitions.shared(self.api, &self.order.flow_run.flow.name, definition).await,
            false => self.definitions.of_launch(self.api, self.order.launch_id, definition).await,
        };
        registered.map_err(|error| refused(&error, "registering its task definition"))
    }

    /// Runs the task. An answer that was lost is asked for again: ECS knows the client token. As long as there may be a
    /// task, nobody says that there is none.
    async fn run(&self, run_task: &Map<String, Value>) -> Result<TaskSeen, NotRun> {
        let (mut failures, mut may_run) = (0, false);
        loop {
            let error = match self.api.run_task(run_task).await {
                Ok(answer) => {
                    let task = answer.tasks.into_iter().next();
                    return task.ok_or_else(|| not_placed(&answer.failures).into());
                }
                Err(error) => error,
            };
            failures += 1;
            may_run |= error.may_be_done();
            let is_final = match may_run {
                true => error.nature() == Nature::Refused,
                false => !error.is_transient() || failures >= ATTEMPTS,
            };
            if is_final {
                return Err(self.not_run(&error, run_task));
            }
            wait_after(failures, &error, "run a task").await;
        }
    }

    fn not_run(&self, error: &AwsError, run_task: &Map<String, Value>) -> NotRun {
        let words = error.message().to_lowercase();
        let lacks_definition = ["taskdefinition is inactive", "taskdefinition not found"]
            .iter()
            .any(|lack| words.contains(lack));
        let cluster = run_task.get("cluster").and_then(Value::as_str);
        let error = match error.code() {
            "ConflictException" => LaunchError::NotLaunched("it is launched already".to_owned()),
            _ => refused(error, &place(cluster, self.api.region())),
        };
        NotRun { error, lacks_definition }
    }
}

/// A launch is one task.
fn is_for_one_task(run_task: &Map<String, Value>) -> Result<(), LaunchError> {
    match run_task.get("count") {
        None | Some(Value::Null) => Ok(()),
        Some(count) if count == 1 => Ok(()),
        Some(count) => Err(LaunchError::Refused(format!(
            "run_task_kwargs asks for {count} tasks (`count`), which would each run the flow run: leave it out"
        ))),
    }
}

/// Cluster and region in words.
pub(super) fn place(cluster: Option<&str>, region: &str) -> String {
    format!("the cluster `{}` in region {region}", cluster.unwrap_or("default"))
}
