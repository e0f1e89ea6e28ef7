//! Launches runs as tasks of Amazon ECS: so far, what would be sent. `config.rs` holds the options, `render.rs` says what
//! is to be looked up first and puts the requests together from `task_definition.rs` and `run_task.rs` (with `merge.rs`);
//! `network.rs` is what Fargate needs besides, `mark.rs` all that Castra adds to what Prefect's agent sends. Nothing here talks to AWS.

mod config;
mod mark;
mod merge;
mod network;
mod render;
mod run_task;
mod task_definition;

pub use config::{EcsConfig, EcsConfigError};
pub use mark::LAUNCH_ID_TAG;
pub use network::network_configuration;
pub use render::{EcsFound, EcsLookups, EcsSpec, TaskDefinitionLookup, lookups, render};
