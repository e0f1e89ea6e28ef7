//! Launches runs as containers of a Docker engine. castra-render decides the container; `client.rs` launches, watches and
//! stops it. Beside that, in the order of a launch: `engine.rs` connects, `pull.rs` brings the image (both with castra-docker,
//! which knows the user's own settings); `start.rs` makes and starts the container; `events.rs` tells when something has
//! become of it, `cause.rs` and `logs.rs` what.

mod cause;
mod client;
mod engine;
mod events;
mod logs;
mod pull;
mod start;

pub use client::{DockerLauncher, RunningContainer};
pub use engine::ConnectError;
