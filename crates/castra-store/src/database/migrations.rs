//! Brings a database to the schema that this binary knows.

use rusqlite::Connection;

use crate::error::{Result, StoreError};

/// Every step, in order; a database's `user_version` counts those it has taken.
const STEPS: [&str; 4] = [
    include_str!("../../migrations/0001_schema.sql"),
    include_str!("../../migrations/0002_waiting_launches.sql"),
    include_str!("../../migrations/0003_pages.sql"),
    include_str!("../../migrations/0004_rendered.sql"),
];

/// Takes the steps that are missing, each in a transaction of its own.
pub(super) fn migrate(connection: &Connection) -> Result<()> {
    let found: i64 = connection.query_row("pragma user_version", [], |row| row.get(0))?;
    let taken = usize::try_from(found).unwrap_or(usize::MAX);
    if taken > STEPS.len() {
        return Err(StoreError::TooNew { found, known: STEPS.len() as i64 });
    }
    for (index, step) in STEPS.iter().enumerate().skip(taken) {
        let version = index + 1;
        connection
            .execute_batch(&format!("begin immediate; {step} pragma user_version = {version}; commit;"))?;
    }
    Ok(())
}
