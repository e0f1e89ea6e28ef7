//! The journal: one small file per launch, from before it is launched until its end was acknowledged. It answers an agent
//! that restarts what it had launched and which ends it had not told yet, and it refuses a second launch of one id.
//!
//! Nothing is forced to the disk: when the machine goes down, the processes go with it, and when only the agent is killed
//! the kernel keeps what was written.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::PathBuf;

use castra_core::cause::LaunchEnd;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// What is known of one launch.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// Its handle, once it exists on the target.
    pub(crate) handle: Option<Value>,
    /// Its end, once it is over.
    pub(crate) end: Option<LaunchEnd>,
}

/// The launches that are not finished.
#[derive(Debug)]
pub(crate) struct Journal {
    directory: PathBuf,
}

impl Journal {
    /// The journal in this directory, which is made if need be.
    pub(crate) fn in_directory(directory: PathBuf) -> io::Result<Self> {
        fs::create_dir_all(&directory)?;
        Ok(Self { directory })
    }

    /// Opens the entry of a launch, before anything is launched.
    ///
    /// # Errors
    /// There is one already, or it cannot be written.
    pub(crate) fn open(&self, launch_id: Uuid) -> io::Result<()> {
        File::create_new(self.path(launch_id)).map(|_| ())
    }

    /// Writes down what is known. What cannot be written is logged: an end that is not written down is still reported,
    /// and a process whose handle is not is found by its credential.
    pub(crate) fn note(&self, launch_id: Uuid, entry: &Entry) {
        let written = serde_json::to_vec(entry).map_err(io::Error::from).and_then(|text| {
            // In one write, so that an agent that is killed leaves the old text, the new one, or none.
            File::create(self.path(launch_id))?.write_all(&text)
        });
        if let Err(error) = written {
            tracing::warn!(%launch_id, %error, "cannot write down what became of a launch");
        }
    }

    /// Closes the entry: the server knows the end.
    pub(crate) fn close(&self, launch_id: Uuid) {
        // An entry that stays is reported again after a restart, which changes nothing.
        let _ = fs::remove_file(self.path(launch_id));
    }

    /// What is known of one launch, if it can be read.
    pub(crate) fn entry(&self, launch_id: Uuid) -> Option<Entry> {
        serde_json::from_slice(&fs::read(self.path(launch_id)).ok()?).ok()
    }

    /// Every launch that is not finished. An entry that cannot be read is one of which nothing is known.
    pub(crate) fn entries(&self) -> io::Result<Vec<(Uuid, Entry)>> {
        let mut entries = Vec::new();
        for file in fs::read_dir(&self.directory)? {
            let file = file?;
            if let Some(launch_id) = file.file_name().to_str().and_then(|name| name.parse().ok()) {
                let text = fs::read(file.path())?;
                entries.push((launch_id, serde_json::from_slice(&text).unwrap_or_default()));
            }
        }
        Ok(entries)
    }

    fn path(&self, launch_id: Uuid) -> PathBuf {
        self.directory.join(launch_id.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use castra_core::cause::Cause;
    use serde_json::json;

    #[test]
    fn a_launch_is_opened_once_and_remembered_until_it_is_closed() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::in_directory(folder.path().join("launches")).unwrap();
        let id = Uuid::from_u128(1);

        journal.open(id).unwrap();
        assert_eq!(journal.open(id).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(journal.entries().unwrap(), [(id, Entry::default())]);

        let entry = Entry { handle: Some(json!({ "pid": 1 })), end: Some(Cause::Exited { code: 3 }.into()) };
        journal.note(id, &entry);
        assert_eq!(journal.entries().unwrap(), [(id, entry)]);

        journal.close(id);
        assert_eq!(journal.entries().unwrap(), []);
    }
}
