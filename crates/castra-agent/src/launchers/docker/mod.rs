//! Launches runs as containers of a Docker engine.

mod config;
mod render;

pub use config::DockerConfig;
pub use render::{ContainerSpec, DockerSpec};
