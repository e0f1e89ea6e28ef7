//! A launch is one attempt to run a flow run on infrastructure. This file holds its phases, its handle and what agents
//! report about it; the ledger that keeps launches is in the store.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::cause::LaunchEnd;

/// How far a launch has come. Phases only go forward; a target may skip some.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LaunchPhase {
    /// An agent holds the claim; nothing exists on the target yet.
    Claimed,
    /// The target has accepted it and gave the handle.
    Submitted,
    /// A place was found for it (a Kubernetes node, an ECS container instance).
    Scheduled,
    /// Its image is there.
    Pulled,
    /// Its process runs.
    Started,
    /// It is over, and nothing of it is left running.
    Ended,
}

impl LaunchPhase {
    /// Every phase, in order.
    pub const ALL: [LaunchPhase; 6] = {
        use LaunchPhase::*;
        [Claimed, Submitted, Scheduled, Pulled, Started, Ended]
    };

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            LaunchPhase::Claimed => "claimed",
            LaunchPhase::Submitted => "submitted",
            LaunchPhase::Scheduled => "scheduled",
            LaunchPhase::Pulled => "pulled",
            LaunchPhase::Started => "started",
            LaunchPhase::Ended => "ended",
        }
    }
}

impl fmt::Display for LaunchPhase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for LaunchPhase {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|phase| phase.as_str() == name).ok_or_else(|| {
            format!(
                "`{name}` is no launch phase: use claimed, submitted, scheduled, pulled, started or ended"
            )
        })
    }
}

/// What an agent tells about one launch. Reports are idempotent: the same report twice changes nothing, an earlier
/// phase after a later one neither. A report without a phase only renews the lease. Every claim opens a new launch, so
/// its id is the fencing token.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LaunchReport {
    /// Which launch.
    pub launch_id: Uuid,
    /// When the agent saw it.
    pub occurred_at: Timestamp,
    /// What it was rendered to: what is sent to the target, in the target's words, secrets masked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rendered: Option<Value>,
    /// The phase it has reached, if that is news.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase: Option<LaunchPhase>,
    /// What identifies it on its target, in the target's words: `{"pid": 4711, "start_time": 812345}` for a process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handle: Option<Value>,
    /// What it is busy with or held up by before it starts, in words: `pulling the image, 3 of 7 layers`, or what the
    /// scheduler says. An empty text clears it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// How it ended; goes with [`LaunchPhase::Ended`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<LaunchEnd>,
}

impl LaunchReport {
    /// The report that only says that the launch is still held.
    pub fn renewal(launch_id: Uuid, occurred_at: Timestamp) -> Self {
        Self { launch_id, occurred_at, rendered: None, phase: None, handle: None, detail: None, end: None }
    }
}

/// What the server answers to a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaunchReply {
    /// Which launch.
    pub launch_id: Uuid,
    /// Whether the agent still holds it.
    pub standing: LaunchStanding,
    /// Until when the lease now runs; absent unless the agent holds it.
    pub lease_expires_at: Option<Timestamp>,
}

/// Where a launch stands in the ledger, as an answer to the agent that reported it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LaunchStanding {
    /// The agent holds the claim: go on.
    Held,
    /// The run is over or being cancelled: stop what runs, then report the end.
    Stop,
    /// The ledger has closed this launch: stop what runs; nothing more needs to be reported.
    Closed,
    /// The ledger does not know it as this agent's: stop what runs.
    Unknown,
}
