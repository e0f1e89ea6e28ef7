//! A run as a container of a Docker engine. `render.rs` decides it, with `api.rs`, `name.rs` and `volumes.rs` for what of it
//! takes rules of its own.

mod api;
mod config;
mod name;
mod render;
mod volumes;

pub use config::DockerConfig;
pub use render::{ContainerSpec, DockerSpec, LAUNCH_ID_LABEL, render};
pub use volumes::VolumeError;
