//! A run as a process beside the agent.

mod config;
mod render;

pub use config::{LocalConfig, labels_with_hostname};
pub use render::{LocalSpec, Surroundings, render};
