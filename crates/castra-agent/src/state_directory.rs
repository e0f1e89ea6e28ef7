//! What an agent keeps on disk to survive its restart: who it is, and (in `journal.rs`) what it has launched. A lock
//! makes sure that no two agents share it.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::journal::Journal;

/// Why an agent cannot use its state directory.
#[derive(Debug, thiserror::Error)]
pub enum StateDirectoryError {
    /// Another agent holds it.
    #[error("another agent runs on {}: stop it, or give this one a state directory of its own", .0.display())]
    InUse(PathBuf),
    /// It cannot be read or written.
    #[error("the agent cannot use its state directory {}: {source}", .path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
}

/// The state directory of a running agent, locked.
#[derive(Debug)]
pub(crate) struct StateDirectory {
    path: PathBuf,
    /// Held open: the lock goes with it, also when the agent is killed.
    _lock: File,
}

#[derive(Serialize, Deserialize)]
struct Identity {
    id: Uuid,
}

impl StateDirectory {
    /// Opens the directory, makes it if need be, and locks it.
    pub(crate) fn open(path: &Path) -> Result<Self, StateDirectoryError> {
        fs::create_dir_all(path).map_err(|source| io_error(path, source))?;
        let lock_path = path.join("lock");
        let lock = File::create(&lock_path).map_err(|source| io_error(&lock_path, source))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(StateDirectoryError::InUse(path.to_owned())),
            Err(TryLockError::Error(source)) => Err(io_error(&lock_path, source)),
        }
    }

    /// The id that the agent was registered with before.
    pub(crate) fn agent_id(&self) -> Option<Uuid> {
        let text = fs::read_to_string(self.identity_path()).ok()?;
        Some(serde_json::from_str::<Identity>(&text).ok()?.id)
    }

    /// Keeps the id for the next start.
    pub(crate) fn keep_agent_id(&self, id: Uuid) -> Result<(), StateDirectoryError> {
        let path = self.identity_path();
        let written = serde_json::to_vec(&Identity { id }).map_err(io::Error::from);
        written.and_then(|text| fs::write(&path, text)).map_err(|source| io_error(&path, source))
    }

    /// The journal of launches in it.
    pub(crate) fn journal(&self) -> Result<Journal, StateDirectoryError> {
        let path = self.path.join("launches");
        Journal::in_directory(path.clone()).map_err(|source| io_error(&path, source))
    }

    fn identity_path(&self) -> PathBuf {
        self.path.join("agent.json")
    }
}

fn io_error(path: &Path, source: io::Error) -> StateDirectoryError {
    StateDirectoryError::Io { path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_identity_survives_and_two_agents_cannot_share_it() {
        let folder = tempfile::tempdir().unwrap();
        let id = Uuid::from_u128(7);
        let state = StateDirectory::open(folder.path()).unwrap();
        assert_eq!(state.agent_id(), None);
        state.keep_agent_id(id).unwrap();
        assert!(matches!(StateDirectory::open(folder.path()), Err(StateDirectoryError::InUse(_))));
        drop(state);
        assert_eq!(StateDirectory::open(folder.path()).unwrap().agent_id(), Some(id));
    }
}
