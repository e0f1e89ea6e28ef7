//! The words of Castra and its pure decisions: run configs, labels, states, schedules, flow graphs.
//!
//! Nothing here does I/O, awaits, or reads a clock: every instant, directory and random number is passed in. The store
//! keeps what is decided here, the server and the agents act on it.
//!
//! The story and its modules: a flow is registered (run configs, storage, the graph of its tasks), its runs are scheduled,
//! [matched](matching) by [labels](label) to agents, [claimed](claim), launched and watched ([`launch`], [`cause`]),
//! and [finished](finish).

pub mod canonical;
pub mod cause;
pub mod claim;
pub mod credential;
pub mod docker;
pub mod env;
mod field;
pub mod finish;
pub mod graph;
pub mod label;
pub mod launch;
pub mod log_level;
pub mod mask;
pub mod matching;
pub mod nearest;
pub mod path;
pub mod preflight;
pub mod python;
pub mod run_config;
pub mod run_report;
pub mod runtime;
pub mod schedule;
pub mod state;
pub mod storage;
pub mod version;
pub mod vertex;
pub mod yaml;
