//! Launches runs as containers of a Docker engine. `config.rs` holds its options, `render.rs` decides the container:
//! `api.rs`, `name.rs` (with `entities.rs`) and `volumes.rs` decide what of it takes rules of its own.

mod api;
mod config;
mod entities;
mod name;
mod render;
mod volumes;

pub use config::DockerConfig;
pub use render::{ContainerSpec, DockerSpec, LAUNCH_ID_LABEL, render};
pub use volumes::VolumeError;
