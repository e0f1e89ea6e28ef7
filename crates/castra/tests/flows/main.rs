//! Flows as their authors write them, run without a server.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail like tests")]

mod authoring;
mod ends;
mod mapping;
mod pausing;
mod retries;
mod serialized;
mod untyped;

use castra::{FlowResult, StateKind};

/// The states that a task run went through.
fn states(result: &FlowResult, slug: &str, map_index: Option<usize>) -> Vec<StateKind> {
    let task_run = result.task_runs().iter().find(|run| run.slug == slug && run.map_index == map_index);
    task_run.map(|run| run.states.iter().map(|timed| timed.state.kind()).collect()).unwrap_or_default()
}

/// The end of a task run.
fn end(result: &FlowResult, slug: &str) -> StateKind {
    *states(result, slug, None).last().unwrap()
}

/// The message of a task run's last state.
fn message(result: &FlowResult, slug: &str) -> String {
    let task_run = result.task_runs().iter().find(|run| run.slug == slug).unwrap();
    task_run.states.last().unwrap().state.message().to_owned()
}
