//! A run as a task of Amazon ECS: `render.rs` begins, `task_definition.rs` and `run_task.rs` (with `merge.rs`) make the two
//! requests, `mark.rs` and `secret.rs` add what Castra adds, `network.rs` makes the network configuration that Fargate needs.

mod config;
mod mark;
mod merge;
mod network;
mod render;
mod run_task;
mod secret;
mod task_definition;

pub use config::{EcsConfig, EcsConfigError};
pub use mark::LAUNCH_ID_TAG;
pub use network::network_configuration;
pub use render::{EcsFound, EcsLookups, EcsSpec, TaskDefinitionLookup, lookups, render};
pub use secret::parameter_name;
pub use task_definition::FLOW_CONTAINER;
