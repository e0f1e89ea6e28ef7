//! Typed client of the Castra API, used by agents, flow-run processes and the command line.
//!
//! [`Client`] sends one GraphQL document at a time ([`Client::call`]), tries again what may be tried again
//! ([`retry`]), and tells what went wrong by its meaning ([`ClientError`]). Above it stands one file per verb of the
//! API; each adds a method to [`Client`] and speaks in types of `castra-core`.
//!
//! What the answers mean for runs is not decided here, and nothing is cached.

mod claim_flow_runs;
mod client;
mod create_flow_run;
mod error;
mod launch_ledger;
mod preflight;
mod register_agent;
mod register_flow;
mod report_flow_run;
mod report_launches;
pub mod retry;
mod start_flow_run;
mod tenant;
mod tls;

pub use client::{Client, REQUEST_TIMEOUT};
pub use create_flow_run::NewFlowRun;
pub use error::ClientError;
pub use launch_ledger::OpenLaunch;
pub use register_agent::AgentRegistration;
pub use register_flow::FlowRegistration;
