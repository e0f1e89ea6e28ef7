//! Every SQL statement of Castra: the schema, the group-committing writer, claims and the launch ledger.
//!
//! [`Store`] opens the database; [`Store::write`] and [`Store::read`] run closures over a [`Transaction`]. The verbs are
//! free functions over a transaction, one file each, named after the story.

pub mod agent;
pub mod archive;
pub mod artifact;
pub mod cancel;
pub mod claim;
pub mod create_flow_run;
pub mod credential;
pub mod delete;
pub mod expired;
pub mod flow_group;
pub mod flow_run_state;
pub mod heartbeat;
pub mod key_value;
pub mod launch;
pub mod lazarus;
pub mod log;
pub mod project;
pub mod queue;
pub mod register;
pub mod register_graph;
pub mod relabel;
pub mod rename;
pub mod restart;
pub mod resume;
pub mod route;
pub mod run_name;
pub mod run_report;
pub mod schedule;
pub mod select;
pub mod tables;
pub mod task_run;
pub mod task_run_state;
pub mod tenant;
pub mod view;
pub mod why;
pub mod zombies;

mod claimable;
mod database;
mod due;
mod error;
mod finish;
mod ledger;
mod log_block;
mod state_row;
mod time;
mod trigram_filter;

#[cfg(feature = "testing")]
pub mod testing;

pub use database::{
    Change, Clock, FromValue, ManualClock, Row, Store, StoreConfig, SystemClock, Transaction, Value,
    ValueRef, time_text,
};
pub use error::{Result, StoreError};
