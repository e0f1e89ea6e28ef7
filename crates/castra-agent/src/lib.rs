//! Agents: near the infrastructure they claim runs, render them, launch them, watch them and finish them.
//!
//! [`Agent`] is the loop. One task, the dispatcher, owns what is known of every launch and decides (`dispatch.rs`); the
//! steps of the story run beside it and talk to it only by messages: `claim.rs`, `launch.rs`, `watch.rs`, `finish.rs`,
//! and `report.rs` for what the server is told. `adopt.rs` picks up what an earlier life of the agent left behind.
//! What it all runs on is behind one trait, [`Launcher`](launchers::Launcher).
//!
//! What an end means for the run is not decided here: agents report facts, the server draws the conclusions.

mod adopt;
mod agent;
mod claim;
mod config;
mod context;
mod dispatch;
mod finish;
mod journal;
mod launch;
pub mod launchers;
mod report;
mod state_directory;
mod watch;

pub use agent::{Agent, AgentError, Farewell};
pub use config::AgentConfig;
pub use state_directory::StateDirectoryError;
