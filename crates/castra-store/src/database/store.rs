//! The store as others see it: open it, write, read, listen.

use std::fs::File;
use std::path::PathBuf;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use tokio::sync::broadcast;

use super::change::Change;
use super::clock::{Clock, in_microseconds};
use super::connection::{lock, open_reader, open_writer};
use super::job::{Job, job};
use super::migrations::migrate;
use super::readers::Reader;
use super::transaction::Transaction;
use super::writer::Writer;
use crate::error::{Result, StoreError};

/// Threads that read. Reads take microseconds to milliseconds, and each thread costs a connection's cache.
const READERS: usize = 2;
/// Changes that a slow listener may lag behind before it misses some.
const CHANGES: usize = 4096;

/// Where the database is.
#[derive(Clone, Debug)]
pub struct StoreConfig {
    /// The SQLite file; made if it does not exist.
    pub path: PathBuf,
}

/// The open database. Clones share it; the last one dropped closes it, after everything queued is written.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    writes: Option<Sender<Box<dyn Job>>>,
    reads: Option<Sender<Box<dyn Job>>>,
    changes: broadcast::Sender<Change>,
    threads: Vec<JoinHandle<()>>,
    /// Held until the threads are done.
    _lock: File,
}

impl Store {
    /// Opens the database and brings its schema up to date.
    ///
    /// # Errors
    /// [`StoreError::Open`], [`StoreError::InUse`], [`StoreError::Locked`], [`StoreError::Corrupt`] or [`StoreError::TooNew`].
    pub fn open(config: &StoreConfig, clock: impl Clock) -> Result<Self> {
        let clock: Arc<dyn Clock> = Arc::new(clock);
        let lock = lock(&config.path)?;
        let connection = open_writer(&config.path)?;
        migrate(&connection, in_microseconds(clock.now()))?;
        let (changes, _) = broadcast::channel(CHANGES);
        let (writes, queue) = channel();
        let writer = Writer { connection, clock: clock.clone(), changes: changes.clone() };
        let mut threads = vec![spawn("castra-writer", move || writer.run(&queue))?];
        let (reads, queue) = channel();
        let queue = Arc::new(Mutex::new(queue));
        for _ in 0..READERS {
            let reader = Reader { connection: open_reader(&config.path)?, clock: clock.clone() };
            let queue = queue.clone();
            threads.push(spawn("castra-reader", move || reader.run(&queue))?);
        }
        Ok(Self(Arc::new(Inner { writes: Some(writes), reads: Some(reads), changes, threads, _lock: lock })))
    }

    /// Runs a closure in a write transaction and answers once it is on disk. A closure that fails leaves nothing behind.
    ///
    /// # Errors
    /// The closure's, or why the commit failed.
    pub async fn write<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Transaction<'_>) -> Result<T> + Send + 'static,
    {
        run(self.0.writes.as_ref(), work).await
    }

    /// Runs a closure over a snapshot of the database. It cannot write.
    ///
    /// # Errors
    /// The closure's, or why the snapshot could not be read.
    pub async fn read<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Transaction<'_>) -> Result<T> + Send + 'static,
    {
        run(self.0.reads.as_ref(), work).await
    }

    /// What is announced from now on, each change after its commit.
    pub fn changes(&self) -> broadcast::Receiver<Change> {
        self.0.changes.subscribe()
    }
}

async fn run<T, F>(queue: Option<&Sender<Box<dyn Job>>>, work: F) -> Result<T>
where
    T: Send + 'static,
    F: FnOnce(&mut Transaction<'_>) -> Result<T> + Send + 'static,
{
    let (job, answer) = job(work);
    queue.ok_or(StoreError::Closed)?.send(job).map_err(|_| StoreError::Closed)?;
    answer.await.unwrap_or(Err(StoreError::Closed))
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>> {
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(work)
        .map_err(|error| StoreError::Internal(format!("cannot start the thread {name}: {error}")))
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.writes = None;
        self.reads = None;
        let here = std::thread::current().id();
        // The last clone may be dropped by a closure on one of these threads, which cannot wait for itself.
        for thread in self.threads.drain(..).filter(|thread| thread.thread().id() != here) {
            // Closures' panics are caught, so a thread only ends well.
            let _ = thread.join();
        }
    }
}
