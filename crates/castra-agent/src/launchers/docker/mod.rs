//! Launches runs as containers of a Docker engine. `config.rs` holds its options, `render.rs` decides the container, with
//! `api.rs`, `name.rs` and `volumes.rs` for what of it takes rules of its own; `client.rs` launches,
//! watches and stops it. Beside that, in the order of a launch: `engine.rs` connects, `pull.rs` brings the image (both
//! with castra-docker, which knows the user's own settings); `start.rs` makes and starts the container; `events.rs` tells when something
//! has become of it, `cause.rs` and `logs.rs` what.

mod api;
mod cause;
mod client;
mod config;
mod engine;
mod events;
mod logs;
mod name;
mod pull;
mod render;
mod start;
mod volumes;

pub use client::{DockerLauncher, RunningContainer};
pub use config::DockerConfig;
pub use engine::ConnectError;
pub use render::{ContainerSpec, DockerSpec, LAUNCH_ID_LABEL, render};
pub use volumes::VolumeError;
