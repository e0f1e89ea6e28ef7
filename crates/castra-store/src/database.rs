//! The database: one writer thread that commits in groups, a few readers, and the [`Transaction`] that verbs work with.
//!
//! Only this module knows SQLite. A second database is a second implementation of [`Transaction`], [`Row`] and the two
//! kinds of threads; the verbs' SQL is a portable subset.

mod change;
mod clock;
mod connection;
mod job;
mod migrations;
mod readers;
mod store;
mod transaction;
mod value;
mod writer;

pub use change::Change;
pub(crate) use clock::in_microseconds;
pub use clock::{Clock, ManualClock, SystemClock};
pub use store::{Store, StoreConfig};
pub use transaction::Transaction;
pub use value::{FromValue, Row, Value, ValueRef, time_text};
