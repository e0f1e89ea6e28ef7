//! Launches runs as containers of a Docker engine. `config.rs` holds its options, `render.rs` decides the container, with
//! `api.rs`, `name.rs` (with `entities.rs`) and `volumes.rs` for what of it takes rules of its own; `client.rs` launches,
//! watches and stops it. Beside that, in the order of a launch: `address.rs` and `engine.rs` connect; `user_config.rs`,
//! `registry.rs` and `pull.rs` bring the image; `start.rs` makes and starts the container; `events.rs` tells when something
//! has become of it, `cause.rs` and `logs.rs` what.

mod address;
mod api;
mod cause;
mod client;
mod config;
mod engine;
mod entities;
mod events;
mod logs;
mod name;
mod pull;
mod registry;
mod render;
mod start;
mod user_config;
mod volumes;

pub use client::{DockerLauncher, RunningContainer};
pub use config::DockerConfig;
pub use engine::ConnectError;
pub use render::{ContainerSpec, DockerSpec, LAUNCH_ID_LABEL, render};
pub use volumes::VolumeError;
