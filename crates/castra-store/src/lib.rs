//! Every SQL statement of Castra: the schema, the group-committing writer, claims and the launch ledger.
//!
//! [`Store`] opens the database; [`Store::write`] and [`Store::read`] run closures over a [`Transaction`]. The verbs are
//! free functions over a transaction, one file each, named after the story.

mod database;
mod error;

pub mod agent;
pub mod artifact;
pub mod flow_group;
pub mod heartbeat;
pub mod key_value;
pub mod log;
pub mod project;
pub mod tenant;

pub use database::{
    Change, Clock, FromValue, ManualClock, Row, Store, StoreConfig, SystemClock, Transaction, Value,
    ValueRef, time_text,
};
pub use error::{Result, StoreError};
