//! The writer thread: takes what is queued, up to a group's size, and commits it together. Each closure runs in a
//! savepoint of its own, so that one that fails hurts nobody else; answers go out after the one commit.

use std::sync::Arc;
use std::sync::mpsc::Receiver;

use rusqlite::Connection;
use tokio::sync::broadcast;

use super::change::Change;
use super::clock::{Clock, in_microseconds};
use super::job::Job;
use super::transaction::Transaction;
use crate::error::{Result, StoreError};

/// Transactions per commit, at most: bounds how long the first one waits for the last.
const GROUP_SIZE: usize = 64;

pub(super) struct Writer {
    pub(super) connection: Connection,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) changes: broadcast::Sender<Change>,
}

impl Writer {
    /// Works until the queue is closed and empty.
    pub(super) fn run(self, queue: &Receiver<Box<dyn Job>>) {
        while let Ok(first) = queue.recv() {
            let group = std::iter::once(first).chain(queue.try_iter()).take(GROUP_SIZE);
            self.commit(group);
        }
    }

    fn commit(&self, group: impl Iterator<Item = Box<dyn Job>>) {
        let mut standing = self.batch("begin immediate");
        let mut done = Vec::new();
        let mut changes = Vec::new();
        for mut job in group {
            if standing.is_ok() {
                standing = self.in_savepoint(job.as_mut(), &mut changes);
            }
            done.push(job);
        }
        let committed = standing.and_then(|()| self.batch("commit"));
        if committed.is_err() {
            // SQLite may have rolled back by itself already.
            let _ = self.batch("rollback");
            changes.clear();
        }
        for job in done {
            job.answer(committed.as_ref().err().map(StoreError::for_another));
        }
        for change in changes {
            // Nobody listening is fine.
            let _ = self.changes.send(change);
        }
    }

    /// Runs a job. An error is the whole group's: on a full or failing disk SQLite rolls back everything.
    fn in_savepoint(&self, job: &mut dyn Job, changes: &mut Vec<Change>) -> Result<()> {
        self.batch("savepoint job")?;
        let mut transaction = Transaction::new(&self.connection, in_microseconds(self.clock.now()));
        match job.run(&mut transaction) {
            Ok(()) => changes.append(&mut transaction.into_changes()),
            Err(error) if self.connection.is_autocommit() => return Err(error.for_another()),
            Err(_) => self.batch("rollback to job")?,
        }
        self.batch("release job")
    }

    fn batch(&self, sql: &str) -> Result<()> {
        self.connection.prepare_cached(sql)?.execute([])?;
        Ok(())
    }
}
