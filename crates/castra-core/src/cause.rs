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
        /// The last signal it took, e.g. `SIGTERM`; the request that ended it where the target does not tell, e.g.
        /// `CancelCustomJob`.
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
    /// It used more memory than it was allowed.
    OutOfMemory {
        /// What it was allowed, in the target's words, e.g. `64Mi`; `None` if it is not known.
        #[serde(default)]
        limit: Option<String>,
    },
    /// Its image could not be had.
    ImageNotPulled {
        /// The image.
        image: String,
        /// What kind of failure it is.
        failure: PullFailure,
        /// What the target said.
        reason: String,
    },
    /// No place was found for it.
    Unschedulable {
        /// What the scheduler said.
        reason: String,
    },
    /// It was taken off its place, which needed the room.
    Evicted {
        /// What the target said.
        reason: String,
    },
    /// The target accepted it and could not start its process.
    NotStarted {
        /// What the target said.
        reason: String,
    },
    /// Somebody else removed it from the target.
    Removed {
        /// What was removed, e.g. `the pod flow-x1 was deleted`.
        what: String,
    },
    /// It was launched and is gone, and nobody saw how it ended.
    Vanished {
        /// How that was noticed.
        reason: String,
    },
}

/// Why an image could not be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PullFailure {
    /// The registry wants credentials, or others.
    Unauthorized,
    /// There is no such image, or it is hidden from those without credentials.
    NotFound,
    /// The registry grants no more pulls for now.
    RateLimited,
    /// It is not here, and the pull policy forbids to fetch it.
    NotPresent,
    /// The agent may not pull from this registry.
    NotAllowed,
    /// Anything else: the registry cannot be reached, the reference is not valid.
    Other,
}

impl PullFailure {
    /// What to do about it.
    fn hint(self) -> &'static str {
        match self {
            PullFailure::Unauthorized => "give the target credentials for the registry",
            PullFailure::NotFound => "see that name and tag are right and the image was pushed",
            PullFailure::RateLimited => "the registry grants no more pulls for now: try later, or log in",
            PullFailure::NotPresent => "build or load it there, or change the pull policy",
            PullFailure::NotAllowed => "add its registry to the agent's list of allowed registries",
            PullFailure::Other => "see that its registry can be reached from there",
        }
    }
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
            Cause::OutOfMemory { limit: Some(limit) } => {
                write!(f, "The flow run used more memory than its limit of {limit}: raise the limit")
            }
            Cause::OutOfMemory { limit: None } => {
                f.write_str("The flow run was killed because memory ran out")
            }
            Cause::ImageNotPulled { image, failure, reason } => {
                write!(f, "The image `{image}` could not be pulled: {reason} ({})", failure.hint())
            }
            Cause::Unschedulable { reason } => write!(f, "No place was found for the flow run: {reason}"),
            Cause::Evicted { reason } => write!(f, "The flow run was evicted: {reason}"),
            Cause::NotStarted { reason } => write!(f, "The flow run could not be started: {reason}"),
            Cause::Removed { what } => {
                write!(f, "The flow run was ended from outside: {what}, which Castra did not do")
            }
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
