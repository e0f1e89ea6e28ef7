//! A target in memory: launches that do what the test that owns it says. It passes the same conformance suite as the
//! others, and lets the agent be tested without processes.

mod client;
mod config;
mod render;

pub use client::{MemoryLauncher, RunningInMemory};
pub use config::Target;
pub use render::{Behaviour, MemorySpec, render};
