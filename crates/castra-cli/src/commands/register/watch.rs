//! Registering again what changes: looks at the files twice a second, which also works where the file system tells nobody of
//! changes, such as in containers and on network shares.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::Result;

use crate::flow_file::FlowFile;

/// How often it is looked.
const PERIOD: Duration = Duration::from_millis(500);

/// When each file of a place was last written, and how long it is.
type Written = BTreeMap<PathBuf, (SystemTime, u64)>;

/// Registers what is at these places with `register`, now and whenever something there has changed, until the process is ended.
/// A file may need others beside it, so all files of a folder are registered again: what did not change makes no new version.
/// What fails is shown, and tried again once it changes.
pub(super) fn watch(places: &[PathBuf], register: impl Fn(&Path) -> Result<()>) -> ! {
    let mut seen: Vec<Option<Written>> = vec![None; places.len()];
    loop {
        for (place, seen) in places.iter().zip(&mut seen) {
            let now = written(place);
            if seen.as_ref() != Some(&now) {
                *seen = Some(now);
                if let Err(error) = register(place) {
                    eprintln!("error: {error:#}");
                }
                eprintln!("Waiting for changes; Ctrl-C ends this.");
            }
        }
        std::thread::sleep(PERIOD);
    }
}

/// What is there now; nothing while it is being replaced.
fn written(place: &Path) -> Written {
    let files = FlowFile::find_all(place).unwrap_or_default();
    let state = |file: FlowFile| {
        let metadata = file.path().metadata().ok()?;
        Some((file.path().to_owned(), (metadata.modified().ok()?, metadata.len())))
    };
    files.into_iter().filter_map(state).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("flow.py");
        let before = written(folder.path());
        assert!(before.is_empty());
        std::fs::write(&file, "one").unwrap();
        let one = written(folder.path());
        assert_ne!(before, one);
        assert_eq!(one, written(folder.path()));
        std::fs::write(&file, "two, longer").unwrap();
        assert_ne!(one, written(folder.path()));
        std::fs::remove_file(&file).unwrap();
        assert_eq!(before, written(folder.path()));
    }
}
