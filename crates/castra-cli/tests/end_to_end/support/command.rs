//! The `castra` binary as a command that is run to its end.

use std::fmt;
use std::path::Path;
use std::process::{Command, Output};

/// `castra` with Castra's home in `folder` and nothing of this machine's own settings.
pub(crate) fn castra(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_castra"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("CASTRA_")) {
        command.env_remove(name);
    }
    command.env("CASTRA_HOME", folder.join("home")).env("TZ", "UTC").env("COLUMNS", "200");
    command
}

/// What a command printed and how it exited.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl From<Output> for Answer {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let code = output.status.code().unwrap();
        Self { code, stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "exit code {}\n{}{}", self.code, self.stdout, self.stderr)
    }
}
