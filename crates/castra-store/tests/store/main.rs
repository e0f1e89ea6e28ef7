//! The store's verbs, as the server composes them, over a real database file.
#![allow(clippy::unwrap_used, reason = "a panic is a failed test")]

mod claims;
mod create_flow_run;
mod group_commit;
mod invariants;
mod launches;
mod log_search;
mod register;
mod run_reports;
mod schedules;
mod states;
mod views;
