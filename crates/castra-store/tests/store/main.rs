//! The store's verbs, as the server composes them, over a real database file.

mod claims;
mod create_flow_run;
mod group_commit;
mod invariants;
mod launches;
mod register;
mod run_reports;
mod schedules;
mod states;
