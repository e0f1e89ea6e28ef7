//! What a closure given to the store works with: one instant, new ids, statements, announcements.

use jiff::Timestamp;
use rusqlite::{Connection, params_from_iter};
use uuid::{Builder, Uuid};

use super::change::Change;
use super::value::{Row, Value};
use crate::error::{Result, StoreError};

/// A transaction. Nothing that it wrote is seen by others before its commit; if its closure fails, nothing stays.
pub struct Transaction<'a> {
    connection: &'a Connection,
    now: Timestamp,
    ids: u16,
    changes: Vec<Change>,
}

impl<'a> Transaction<'a> {
    pub(super) fn new(connection: &'a Connection, now: Timestamp) -> Self {
        Self { connection, now, ids: 0, changes: Vec::new() }
    }

    /// The transaction's one instant, in whole microseconds.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// A new id (version 7): ordered by time, and within the transaction by its making, so that indexes grow at their
    /// end.
    pub fn new_id(&mut self) -> Uuid {
        let mut rest = [0; 10];
        // Below the milliseconds: the microseconds in 12 bits, a counter in 14, chance in 48. The builder sets the
        // version over the highest 4 bits, the variant over the 2 before the counter.
        let microseconds = self.now.subsec_microsecond().rem_euclid(1_000) as u16;
        self.ids = (self.ids + 1) & 0x3fff;
        rest[..2].copy_from_slice(&microseconds.to_be_bytes());
        rest[2..4].copy_from_slice(&self.ids.to_be_bytes());
        rest[4..].copy_from_slice(&Uuid::new_v4().into_bytes()[..6]);
        let milliseconds = u64::try_from(self.now.as_millisecond()).unwrap_or_default();
        Builder::from_unix_timestamp_millis(milliseconds, &rest).into_uuid()
    }

    /// Tells listeners after the commit. The same change again and again is told once.
    pub fn announce(&mut self, change: Change) {
        if self.changes.last() != Some(&change) {
            self.changes.push(change);
        }
    }

    pub(super) fn into_changes(self) -> Vec<Change> {
        self.changes
    }

    /// Runs a statement with parameters `?1, ?2 …` and answers how many rows it changed. Statements are prepared once
    /// per connection.
    ///
    /// # Errors
    /// [`StoreError`], by meaning.
    pub fn execute(&mut self, sql: &str, parameters: &[Value]) -> Result<usize> {
        Ok(self.connection.prepare_cached(sql)?.execute(params_from_iter(parameters))?)
    }

    /// Runs a statement and reads every row of its answer.
    ///
    /// # Errors
    /// [`StoreError`], by meaning, or the first error of `read`.
    pub fn query<T>(
        &mut self,
        sql: &str,
        parameters: &[Value],
        mut read: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params_from_iter(parameters))?;
        let mut answer = Vec::new();
        while let Some(row) = rows.next()? {
            answer.push(read(&Row::new(row))?);
        }
        Ok(answer)
    }

    /// Runs a statement and reads the first row of its answer, if any.
    ///
    /// # Errors
    /// [`StoreError`], by meaning, or the error of `read`.
    pub fn query_optional<T>(
        &mut self,
        sql: &str,
        parameters: &[Value],
        read: impl FnOnce(&Row<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params_from_iter(parameters))?;
        match rows.next()? {
            Some(row) => read(&Row::new(row)).map(Some),
            None => Ok(None),
        }
    }

    /// Runs a statement and reads the one row that its answer always has.
    ///
    /// # Errors
    /// [`StoreError`], by meaning; [`StoreError::Internal`] if there is no row.
    pub fn query_one<T>(
        &mut self,
        sql: &str,
        parameters: &[Value],
        read: impl FnOnce(&Row<'_>) -> Result<T>,
    ) -> Result<T> {
        self.query_optional(sql, parameters, read)?
            .ok_or_else(|| StoreError::Internal(format!("no row for: {sql}")))
    }
}
