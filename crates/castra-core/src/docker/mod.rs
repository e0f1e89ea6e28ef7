//! What flows say about Docker, in the words of docker-py, and what its engine is asked for.

mod bytes;
mod host_config;
mod options;

pub use host_config::{HostConfigError, engine_host_config, known_options};
