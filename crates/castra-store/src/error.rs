//! What can go wrong in the store, by meaning: what, where, what to do next.

use std::path::PathBuf;

use castra_core::state::{Refusal, StateError, StateKind};
use rusqlite::ErrorCode;

/// The store's result.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// Why the store did not do what was asked. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A row that was named does not exist.
    #[error("{} {id} not found{}", table.replace('_', " "), hint.map(|hint| format!(": {hint}")).unwrap_or_default())]
    NotFound {
        /// The table that was looked in.
        table: &'static str,
        /// What was looked for.
        id: String,
        /// What to do next.
        hint: Option<&'static str>,
    },
    /// It is there already, or contradicts what is there.
    #[error("{0}")]
    Conflict(String),
    /// What was sent makes no sense, in words.
    #[error("{0}")]
    Invalid(String),
    /// A state that does not follow from the current one.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The caller's version of a run is not the current one. The API answers with the code `VERSION_LOCKING_ERROR`.
    #[error(
        "State update failed: version {proposed} was sent and the run is at version {current} ({state}); read it again"
    )]
    VersionLock {
        /// The version that the caller holds.
        proposed: i64,
        /// The version in the database.
        current: i64,
        /// The run's state.
        state: StateKind,
    },
    /// A process whose launch is no longer the run's current one.
    #[error("State update failed: {0}")]
    Fenced(String),
    /// Another server has the database open.
    #[error("another Castra server has {} open: stop it, or use another file", path.display())]
    InUse {
        /// The database file.
        path: PathBuf,
    },
    /// Another program holds a lock in the database for longer than a statement waits.
    #[error("the database is locked by another program: end what has it open, then try again")]
    Locked,
    /// No space left.
    #[error("the disk that holds the database is full: free some space; nothing was written")]
    DiskFull,
    /// The disk fails, or a quota or a limit of the process is reached.
    #[error(
        "the database's files cannot be written or read ({0}): check the disk, quotas and limits; nothing was written"
    )]
    Disk(String),
    /// The file is damaged, or no database.
    #[error("the database is damaged or is no SQLite file: {0}; restore it from a backup")]
    Corrupt(String),
    /// Made by a newer Castra.
    #[error(
        "the database has schema version {found}, this Castra knows up to {known}: install a newer Castra, or use another file"
    )]
    TooNew {
        /// The version in the file.
        found: i64,
        /// The latest that this binary knows.
        known: i64,
    },
    /// The file cannot be opened or created.
    #[error("cannot open the database {}: {reason}; check that its directory exists and is writable", path.display())]
    Open {
        /// The database file.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// The store is shutting down.
    #[error("the store is closed")]
    Closed,
    /// A fault in Castra: a closure panicked, or a row holds what it never should.
    #[error("internal error in the store: {0}")]
    Internal(String),
    /// Any other failure of the database.
    #[error("database error: {0}")]
    Database(rusqlite::Error),
}

impl StoreError {
    /// A row that does not exist.
    pub fn not_found(table: &'static str, id: impl ToString) -> Self {
        StoreError::NotFound { table, id: id.to_string(), hint: None }
    }

    /// A row that does not exist, and what to do about it.
    pub fn not_found_hint(table: &'static str, id: impl ToString, hint: &'static str) -> Self {
        StoreError::NotFound { table, id: id.to_string(), hint: Some(hint) }
    }

    /// What was sent makes no sense.
    pub fn invalid(message: impl Into<String>) -> Self {
        StoreError::Invalid(message.into())
    }

    /// The same error for another member of a group whose commit failed.
    pub(crate) fn for_another(&self) -> Self {
        match self {
            StoreError::DiskFull => StoreError::DiskFull,
            StoreError::Locked => StoreError::Locked,
            StoreError::Disk(reason) => StoreError::Disk(reason.clone()),
            StoreError::Corrupt(reason) => StoreError::Corrupt(reason.clone()),
            other => StoreError::Internal(format!("the commit failed: {other}")),
        }
    }
}

impl From<StateError> for StoreError {
    fn from(error: StateError) -> Self {
        StoreError::Invalid(error.to_string())
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => StoreError::DiskFull,
            Some(ErrorCode::SystemIoFailure) => StoreError::Disk(error.to_string()),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Locked,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                StoreError::Corrupt(error.to_string())
            }
            Some(ErrorCode::TooBig) => StoreError::Invalid(
                "the answer would be too large to hold: ask for fewer rows or columns at a time".to_owned(),
            ),
            Some(ErrorCode::OperationInterrupted) => StoreError::Invalid(
                "the query takes too long: ask for less at a time, or filter by an id or a name".to_owned(),
            ),
            Some(ErrorCode::ConstraintViolation) => StoreError::Conflict(error.to_string()),
            _ => StoreError::Database(error),
        }
    }
}
