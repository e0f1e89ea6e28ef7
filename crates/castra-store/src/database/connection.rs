//! Opens SQLite connections with the settings that Castra relies on.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::time::Duration;

use rusqlite::limits::Limit;
use rusqlite::{Connection, OpenFlags};

use crate::error::{Result, StoreError};

/// How long a statement waits for another process that holds the database.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Distinct statements kept prepared per connection.
const PREPARED_STATEMENTS: usize = 256;

/// The most that a reader answers with at once. Nested lists multiply, and all of it is held in memory.
const MAX_ANSWER_BYTES: i32 = 64 * 1024 * 1024;

/// Takes the lock that keeps a second server from the database, beside it as `<file>.lock`. It goes with the process,
/// however that ends.
pub(super) fn lock(path: &Path) -> Result<File> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let cannot_open =
        |error: std::io::Error| StoreError::Open { path: path.to_owned(), reason: error.to_string() };
    let file = File::options().create(true).write(true).truncate(false).open(name).map_err(cannot_open)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse { path: path.to_owned() }),
        Err(TryLockError::Error(error)) => Err(cannot_open(error)),
    }
}

/// The connection of the writer thread: every commit is on disk before it is answered.
pub(super) fn open_writer(path: &Path) -> Result<Connection> {
    let connection = open(path, OpenFlags::default())?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "cache_size", -8 * 1024)?;
    connection.pragma_update(None, "wal_autocheckpoint", 2000)?;
    Ok(connection)
}

/// A connection that only reads.
pub(super) fn open_reader(path: &Path) -> Result<Connection> {
    let connection = open(path, OpenFlags::default())?;
    connection.pragma_update(None, "query_only", true)?;
    connection.pragma_update(None, "cache_size", -2 * 1024)?;
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, MAX_ANSWER_BYTES)?;
    Ok(connection)
}

fn open(path: &Path, flags: OpenFlags) -> Result<Connection> {
    let connection = Connection::open_with_flags(path, flags)
        .map_err(|error| StoreError::Open { path: path.to_owned(), reason: error.to_string() })?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(PREPARED_STATEMENTS);
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    Ok(connection)
}
