//! Launches runs as tasks of Amazon ECS. `config.rs` holds the options, `lookup.rs` finds what a run only names, `render.rs`
//! puts the requests together from `task_definition.rs` and `run_task.rs` (with `merge.rs`); `network.rs` is what Fargate
//! needs besides, `mark.rs` and `secret.rs` all that Castra adds to what Prefect's agent sends. `start.rs` sends them
//! through `api.rs` and `aws/`, with the task definitions that `definitions.rs` keeps, and says why not in the words of
//! `refusal.rs`; `client.rs` follows, stops and removes what was started, `search.rs` finds it again. One poller (`poll.rs`) keeps `board.rs` up to date with summaries (`seen.rs`), of which `verdict.rs` and
//! `stopped.rs` say what they mean and `running.rs` what is next; `logs.rs` reads the last lines.

mod api;
mod aws;
mod board;
mod client;
mod definitions;
mod logs;
mod lookup;
mod poll;
mod refusal;
mod running;
mod search;
mod seen;
mod start;
mod stopped;
mod verdict;

pub use client::{ConnectError, EcsLauncher, look_up};
pub use running::RunningTask;
