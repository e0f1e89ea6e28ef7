//! Brings a database to the schema that this binary knows.

use jiff::Timestamp;
use rusqlite::Connection;

use super::transaction::Transaction;
use crate::error::{Result, StoreError};
use crate::log_block;

/// One step of the schema.
struct Step {
    sql: &'static str,
    /// Fills what the step has made from what is there, where SQL cannot.
    fill: fn(&mut Transaction<'_>) -> Result<()>,
}

impl Step {
    const fn of(sql: &'static str) -> Self {
        Self { sql, fill: |_| Ok(()) }
    }
}

/// Every step, in order; a database's `user_version` counts those it has taken.
const STEPS: [Step; 5] = [
    Step::of(include_str!("../../migrations/0001_schema.sql")),
    Step::of(include_str!("../../migrations/0002_waiting_launches.sql")),
    Step::of(include_str!("../../migrations/0003_pages.sql")),
    Step::of(include_str!("../../migrations/0004_rendered.sql")),
    Step { sql: include_str!("../../migrations/0005_log_blocks.sql"), fill: log_block::fill },
];

/// Takes the steps that are missing, each in a transaction of its own.
pub(super) fn migrate(connection: &Connection, now: Timestamp) -> Result<()> {
    let found: i64 = connection.query_row("pragma user_version", [], |row| row.get(0))?;
    let taken = usize::try_from(found).unwrap_or(usize::MAX);
    if taken > STEPS.len() {
        return Err(StoreError::TooNew { found, known: STEPS.len() as i64 });
    }
    for (index, step) in STEPS.iter().enumerate().skip(taken) {
        connection.execute_batch(&format!("begin immediate; {}", step.sql))?;
        (step.fill)(&mut Transaction::new(connection, now))?;
        connection.execute_batch(&format!("pragma user_version = {}; commit;", index + 1))?;
    }
    Ok(())
}
