//! Processes beside the agent: the local launcher. castra-render decides the process, `client.rs` starts and stops it;
//! `surroundings.rs` and `python.rs` say what there is on this machine, `process.rs` reads `/proc`, `output.rs` keeps what the
//! process prints.

mod client;
mod output;
mod process;
mod python;
mod surroundings;

pub use client::{LocalLauncher, RunningProcess};
pub use python::{PythonNotFound, find_python};
pub use surroundings::surroundings_of_this_process;
