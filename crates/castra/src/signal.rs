//! Signals: errors by which a task says how it ends. Any other error fails the attempt, and is retried if retries are
//! left.

use std::fmt;

use jiff::Timestamp;

/// What a task says by returning it as its error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    Skip(String),
    Fail(String),
    RetryAt(Timestamp, String),
    Pause(String),
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Signal::Skip(message)
            | Signal::Fail(message)
            | Signal::RetryAt(_, message)
            | Signal::Pause(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for Signal {}

/// The task has nothing to do: it ends as Skipped, and so do the tasks that wait for it, unless they say
/// otherwise. `return Err(castra::skip("no new files"))`.
pub fn skip(message: impl Into<String>) -> anyhow::Error {
    Signal::Skip(message.into()).into()
}

/// Trying again would not help: the task ends as Failed, whatever retries are left.
/// `return Err(castra::fail("the account is closed"))`.
pub fn fail(message: impl Into<String>) -> anyhow::Error {
    Signal::Fail(message.into()).into()
}

/// The task is to be tried again at this time, whatever retries are left:
/// `return Err(castra::retry_at(opens, "the exchange is closed"))`.
pub fn retry_at(time: Timestamp, message: impl Into<String>) -> anyhow::Error {
    Signal::RetryAt(time, message.into()).into()
}

/// The task is to wait until somebody resumes it; then it is begun anew, with [`Context::resumed`](crate::Context::resumed)
/// true. What does not depend on it goes on.
/// `if !castra::context().resumed { return Err(castra::pause("publish these figures?")) }`.
pub fn pause(message: impl Into<String>) -> anyhow::Error {
    Signal::Pause(message.into()).into()
}
