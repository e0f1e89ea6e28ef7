//! How a command fails: in words, with what to do next, and with an exit code that scripts can rely on.

use std::fmt;
use std::process::ExitCode;

use castra_client::ClientError;

/// A run that was waited for did not succeed or could not be launched, or something failed.
const FAILED: u8 = 1;
/// What was named does not exist.
const NOT_FOUND: u8 = 3;
/// The server cannot be reached.
const UNREACHABLE: u8 = 4;
/// The server answered, and refused.
const REFUSED: u8 = 5;

/// What was named on the command line does not exist.
#[derive(Debug)]
pub(crate) struct NotFound {
    what: &'static str,
    name: String,
    list: &'static str,
}

impl NotFound {
    /// `list` is the command that shows what does exist.
    pub(crate) fn new(what: &'static str, name: &str, list: &'static str) -> Self {
        Self { what, name: name.to_owned(), list }
    }
}

impl fmt::Display for NotFound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no {} `{}`; `{}` lists what there is", self.what, self.name, self.list)
    }
}

impl std::error::Error for NotFound {}

/// Prints the error and gives the exit code that its meaning has.
pub(crate) fn report(error: &anyhow::Error) -> ExitCode {
    eprintln!("error: {error:#}");
    ExitCode::from(code(error))
}

fn code(error: &anyhow::Error) -> u8 {
    if error.downcast_ref::<NotFound>().is_some() {
        return NOT_FOUND;
    }
    match error.downcast_ref::<ClientError>() {
        Some(ClientError::Unreachable { .. }) => UNREACHABLE,
        Some(ClientError::Refused { .. }) => REFUSED,
        _ => FAILED,
    }
}
