//! Why a launch ended, told so that a person can act on it. What follows for the run is decided in
//! [`finish`](crate::finish).

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a launch ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Cause {
    /// The process ended by itself.
    Exited {
        /// Its exit code; 0 is success.
        code: i32,
    },
    /// The process was ended by a signal that Castra did not send.
    Signaled {
        /// The signal's name, e.g. `SIGKILL`.
        signal: String,
    },
    /// Castra stopped it, and saw it gone.
    Stopped {
        /// The last signal it took, e.g. `SIGTERM`.
        signal: String,
    },
    /// The target cannot launch this run: trying again would not help.
    Refused {
        /// What is wrong and what to do, in a sentence.
        reason: String,
    },
    /// Nothing was launched, through no fault of the run: launching again is safe.
    NotLaunched {
        /// What came in between.
        reason: String,
    },
    /// It was launched and is gone, and nobody saw how it ended.
    Vanished {
        /// How that was noticed.
        reason: String,
    },
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cause::Exited { code: 0 } => f.write_str("The flow run's process exited with code 0"),
            Cause::Exited { code } => write!(f, "The flow run's process failed with exit code {code}"),
            Cause::Signaled { signal } => {
                write!(f, "The flow run's process was killed by {signal}, which Castra did not send")
            }
            Cause::Stopped { signal } => write!(f, "The flow run's process was stopped with {signal}"),
            Cause::Refused { reason } => write!(f, "The run cannot be launched: {reason}"),
            Cause::NotLaunched { reason } => write!(f, "The run was not launched: {reason}"),
            Cause::Vanished { reason } => write!(f, "The flow run's process is gone: {reason}"),
        }
    }
}

/// The end of a launch as the agent reports it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaunchEnd {
    /// Why it ended.
    pub cause: Cause,
    /// The last lines of its output, oldest first; kept only for abnormal ends.
    #[serde(default)]
    pub last_lines: Vec<String>,
}

impl From<Cause> for LaunchEnd {
    fn from(cause: Cause) -> Self {
        Self { cause, last_lines: Vec::new() }
    }
}
