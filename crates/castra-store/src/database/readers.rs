//! The reader threads: each has a connection and runs closures over a snapshot of the database.

use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;

use super::clock::{Clock, in_microseconds};
use super::job::Job;
use super::transaction::Transaction;
use crate::error::{Result, StoreError};

pub(super) struct Reader {
    pub(super) connection: Connection,
    pub(super) clock: Arc<dyn Clock>,
}

impl Reader {
    /// Works until the queue, which all readers share, is closed and empty.
    pub(super) fn run(self, queue: &Mutex<Receiver<Box<dyn Job>>>) {
        loop {
            let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok(mut job) = next else { return };
            let failure = self.in_snapshot(job.as_mut()).err();
            job.answer(failure);
        }
    }

    fn in_snapshot(&self, job: &mut dyn Job) -> Result<(), StoreError> {
        self.batch("begin")?;
        job.run(&mut Transaction::new(&self.connection, in_microseconds(self.clock.now())));
        self.batch("rollback")
    }

    fn batch(&self, sql: &str) -> Result<()> {
        self.connection.prepare_cached(sql)?.execute([])?;
        Ok(())
    }
}
