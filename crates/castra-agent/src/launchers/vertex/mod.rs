//! Launches runs as custom jobs of Google Vertex AI. `identity.rs` is who the agent is to Google. castra-render decides the
//! job and `request.rs` what is sent of it; `client.rs` creates and cancels it through `api.rs`; `poll.rs` keeps `board.rs`
//! up to date at the pace of `pace.rs` with jobs (`job.rs`), of which `verdict.rs` and `failure.rs` say what they mean and
//! `running.rs` what is next; `logs.rs` reads the last lines.

mod api;
mod board;
mod client;
mod failure;
mod identity;
mod job;
mod logs;
mod pace;
mod poll;
mod request;
mod running;
mod verdict;

pub use client::{ConnectError, VertexLauncher};
pub use running::RunningJob;
