//! Render: a run, its run config and an agent's options become exactly what is sent to the target. Pure: nothing is read,
//! asked for or sent here. What has to be known first (a template somewhere else, a task definition that AWS holds) is
//! handed in; finding it, and sending what is rendered, is the launchers' (castra-agent). The server renders with the same
//! functions what its pages show.
//!
//! Every target has a `config.rs`, the agent's options, and a `render.rs`.

pub mod docker;
mod document;
pub mod ecs;
mod environment;
mod flow_run_config;
pub mod kubernetes;
pub mod local;
mod order;
mod render_error;
mod slug;
mod spec;
pub mod vertex;

pub use document::{Place, TemplateError};
pub use flow_run_config::FlowRunConfig;
pub use order::Order;
pub use render_error::RenderError;
pub use slug::slug;
pub use spec::Spec;
