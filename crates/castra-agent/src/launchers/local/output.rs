//! What a process prints: a file per launch, shown if wanted, its last lines kept for abnormal ends.
//!
//! A file and not a pipe, because flow processes outlive their agent: with nobody at the other end of a pipe, the next line
//! printed would kill the process, and a pipe that the process itself holds open would block it once full. The file is
//! bounded while an agent looks after it ([`Output::tend`]): beyond [`MAX_SIZE`] only its tail is kept. While no agent
//! runs it may grow.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use castra_core::credential::Credential;

use crate::launchers::last_lines::{TAIL, last_lines};

/// Beyond this many bytes the file is cut down to its tail.
const MAX_SIZE: u64 = 4 * 1024 * 1024;

/// The output of one process.
#[derive(Debug)]
pub(crate) struct Output {
    path: PathBuf,
    /// How much of it was shown; `None` if it is not to be shown.
    shown: Option<u64>,
}

impl Output {
    /// A new file, and the end that the process writes to.
    ///
    /// # Errors
    /// It cannot be created, or is there already.
    pub(crate) fn create(path: PathBuf, show: bool) -> io::Result<(Self, File)> {
        let file = OpenOptions::new().append(true).create_new(true).open(&path)?;
        Ok((Self { path, shown: show.then_some(0) }, file))
    }

    /// The file of a process that an earlier life of the agent started; what it printed before is not shown again.
    pub(crate) fn reopen(path: PathBuf, show: bool) -> Self {
        let size = fs::metadata(&path).map_or(0, |file| file.len());
        Self { path, shown: show.then_some(size) }
    }

    /// True if it is to be shown.
    pub(crate) fn is_shown(&self) -> bool {
        self.shown.is_some()
    }

    /// Shows what is new and cuts the file down if it has grown too long. Output is never worth a flow run, so errors are
    /// only logged.
    pub(crate) fn tend(&mut self) {
        if let Err(error) = self.try_tend() {
            tracing::warn!(path = %self.path.display(), %error, "cannot look after the output of a flow run");
        }
    }

    fn try_tend(&mut self) -> io::Result<()> {
        if let Some(shown) = self.shown {
            let mut file = File::open(&self.path)?;
            file.seek(SeekFrom::Start(shown))?;
            self.shown = Some(shown + io::copy(&mut file, &mut io::stdout().lock())?);
        }
        match fs::metadata(&self.path)?.len() > MAX_SIZE {
            true => self.cut(),
            false => Ok(()),
        }
    }

    /// Empties the file and puts its tail back. The process appends, so it goes on at the new end; a line that it writes
    /// in this very moment may be lost.
    fn cut(&mut self) -> io::Result<()> {
        let tail = tail(&self.path)?;
        let mut file = OpenOptions::new().append(true).open(&self.path)?;
        file.set_len(0)?;
        file.write_all(&tail)?;
        self.shown = self.shown.map(|_| tail.len() as u64);
        Ok(())
    }

    /// The last lines, oldest first, with the launch's credential blotted out.
    pub(crate) fn last_lines(&self, credential: Option<&Credential>) -> Vec<String> {
        last_lines(&tail(&self.path).unwrap_or_default(), credential)
    }

    /// Removes the file. If that fails, the next start of the agent clears it away.
    pub(crate) fn remove(&self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// The last bytes of a file, from the beginning of a line.
fn tail(path: &Path) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let size = file.metadata()?.len();
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(size.saturating_sub(TAIL as u64)))?;
    file.take(TAIL as u64).read_to_end(&mut bytes)?;
    if size > TAIL as u64 {
        let first_line = bytes.iter().position(|&byte| byte == b'\n').map_or(0, |end| end + 1);
        bytes.drain(..first_line);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output() -> (tempfile::TempDir, Output, File) {
        let folder = tempfile::tempdir().unwrap();
        let (output, file) = Output::create(folder.path().join("output"), false).unwrap();
        (folder, output, file)
    }

    #[test]
    fn a_long_output_is_cut_down_to_its_tail_while_the_process_goes_on() {
        let (_folder, mut output, mut file) = output();
        let line = "x".repeat(1023) + "\n";
        for _ in 0..=MAX_SIZE / 1024 {
            file.write_all(line.as_bytes()).unwrap();
        }
        output.tend();
        assert!(fs::metadata(&output.path).unwrap().len() <= TAIL as u64);
        writeln!(file, "and on").unwrap();
        assert_eq!(output.last_lines(None).last().map(String::as_str), Some("and on"));
    }
}
