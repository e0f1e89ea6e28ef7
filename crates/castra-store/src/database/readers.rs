//! The reader threads: each has a connection and runs closures over a snapshot of the database.

use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::clock::{Clock, in_microseconds};
use super::job::Job;
use super::transaction::Transaction;
use crate::error::{Result, StoreError};

/// The longest that one read may take. Prefect's client waits 15 s for an answer, and there are few readers.
const MAX_READ: Duration = Duration::from_secs(10);
/// How many steps of SQLite's machine lie between two looks at the clock: some tens of microseconds.
const STEPS: i32 = 10_000;

pub(super) struct Reader {
    pub(super) connection: Connection,
    pub(super) clock: Arc<dyn Clock>,
}

impl Reader {
    /// Works until the queue, which all readers share, is closed and empty.
    pub(super) fn run(mut self, queue: &Mutex<Receiver<Box<dyn Job>>>) {
        loop {
            let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok(mut job) = next else { return };
            let failure = self.in_snapshot(job.as_mut()).err();
            job.answer(failure);
        }
    }

    fn in_snapshot(&mut self, job: &mut dyn Job) -> Result<(), StoreError> {
        let started = Instant::now();
        self.batch("begin")?;
        self.connection.progress_handler(STEPS, Some(move || started.elapsed() > MAX_READ))?;
        // The answer says how it went.
        let _ = job.run(&mut Transaction::new(&self.connection, in_microseconds(self.clock.now())));
        self.connection.progress_handler(0, None::<fn() -> bool>)?;
        self.batch("rollback")
    }

    fn batch(&self, sql: &str) -> Result<()> {
        self.connection.prepare_cached(sql)?.execute([])?;
        Ok(())
    }
}
