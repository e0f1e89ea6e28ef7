//! Processes beside the agent: the local launcher. `config.rs` holds its options, `render.rs` decides the process,
//! `client.rs` starts and stops it; `process.rs` reads `/proc`, `output.rs` keeps what the process prints.

mod client;
mod config;
mod output;
mod process;
mod render;

pub use client::{LocalLauncher, RunningProcess};
pub use config::{LocalConfig, PythonNotFound, find_python, labels_with_hostname};
pub use render::{LocalSpec, Surroundings, render};
