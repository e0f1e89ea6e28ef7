//! Why nothing can be made of a run, on whatever it should be launched: another attempt would not help.

use castra_core::docker::HostConfigError;
use castra_core::env::EnvError;
use castra_core::run_config::{RunConfigError, WrongAgent};
use castra_core::runtime::RuntimeError;
use castra_core::storage::StorageError;

use crate::TemplateError;
use crate::docker::VolumeError;

/// Why a run cannot be rendered.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum RenderError {
    /// Its run config cannot be read.
    #[error("its run config cannot be read: {0}")]
    RunConfig(#[from] RunConfigError),
    /// Its run config is for another kind of agent.
    #[error(transparent)]
    WrongAgent(#[from] WrongAgent),
    /// Its flow's storage cannot be read.
    #[error("its flow's storage cannot be read: {0}")]
    Storage(#[from] StorageError),
    /// Its flow is stored in an image, and it should run outside of one.
    #[error(
        "its flow is in Docker storage, which a local process cannot start from: register it with another storage, or give it a DockerRun and a Docker agent"
    )]
    DockerStorage,
    /// Its flow cannot start.
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
    /// Its run config sets a variable that no process can have.
    #[error("the env of its run config: {0}")]
    Env(#[from] EnvError),
    /// Its run config asks Docker for what docker-py does not take.
    #[error("its run config: {0}")]
    HostConfig(#[from] HostConfigError),
    /// A volume of the Docker agent cannot be read.
    #[error("the agent's option --volume: {0}")]
    Volume(#[from] VolumeError),
    /// The Docker agent does not pull from there.
    #[error(
        "the agent pulls no images from `{registry}`, where {image} is: add it with --reg-allow-list, or use another image"
    )]
    RegistryNotAllowed {
        /// The image.
        image: String,
        /// Its registry, the first part of its name.
        registry: String,
    },
    /// What people wrote for the target, into which the flow is put, is not what the target takes.
    #[error("nothing can be made of its template: {0}")]
    Template(#[from] TemplateError),
    /// A task definition that is registered already cannot take the image of Docker storage.
    #[error(
        "its run config names a registered task definition (task_definition_arn), which has its own image, and its flow is in Docker storage, in the image {image}: give the task definition itself (task_definition), or register the flow with another storage"
    )]
    RegisteredTaskDefinition {
        /// The image of the storage.
        image: String,
    },
    /// A task definition that is registered already cannot name the parameter with the credential.
    #[error(
        "its run config names a registered task definition (task_definition_arn), and the agent keeps credentials in SSM parameters, which the task definition has to name: give the task definition itself (task_definition), or use an agent without --credential-parameters"
    )]
    RegisteredTaskDefinitionWithParameter,
    /// RunTask is told the task definition by the agent.
    #[error(
        "run_task_kwargs cannot hold `taskDefinition`: name it with `task_definition_arn` in the run config"
    )]
    TaskDefinitionInRunTask,
    /// The task definition that the run config names was not looked up.
    #[error("the task definition {place} is not known: it was not looked up")]
    TaskDefinitionUnknown {
        /// The path or ARN that names it.
        place: String,
    },
    /// The network configuration that Fargate needs was not inferred.
    #[error(
        "on Fargate a task needs a network configuration, and none was inferred from the default VPC: set `networkConfiguration` in the file of --run-task-kwargs or in the run config's `run_task_kwargs`"
    )]
    NoNetworkConfiguration,
    /// A custom job of Vertex needs a pool for the flow.
    #[error(
        "its run config's `worker_pool_specs` is empty: leave it out, or describe the pool that the flow runs in"
    )]
    NoWorkerPool,
}
