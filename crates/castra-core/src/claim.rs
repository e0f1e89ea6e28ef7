//! A claim is an agent's exclusive, leased right to launch one run. This file holds what is asked and answered; the
//! transaction that grants claims is in the store.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::label::LabelSet;

/// An agent asks for runs. The answer is held back up to `wait_seconds` until there is something to say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimRequest {
    /// The agent, as it was registered.
    pub agent_id: Uuid,
    /// The labels it covers now.
    #[serde(default)]
    pub labels: LabelSet,
    /// How many runs it would launch now, 1 to 1,000.
    pub limit: u32,
    /// How long the answer may be held back, 0 to 30 s.
    #[serde(default)]
    pub wait_seconds: u32,
    /// How long a claim lives without a report, 1 to 3,600 s.
    #[serde(default = "default_lease_seconds")]
    pub lease_seconds: u32,
}

/// Long enough that a busy agent renews in time, short enough that a lost one delays a run by about a minute.
pub const fn default_lease_seconds() -> u32 {
    60
}

/// The answer to a [`ClaimRequest`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClaimReply {
    /// The runs that are now the agent's to launch; each is Submitted.
    pub claims: Vec<Claim>,
    /// Launches of this agent whose runs are over or being cancelled: stop them, then report their end.
    pub stops: Vec<Uuid>,
}

/// One run, claimed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Claim {
    /// The launch that this claim opened in the ledger; the fencing token of every later report.
    pub launch_id: Uuid,
    /// The flow run's credential, `castra_<launch id>_<secret>`: it works for this run only and dies with the launch.
    /// Never logged.
    pub credential: String,
    /// When the claim lapses unless a report renews it.
    pub lease_expires_at: Timestamp,
    /// All that rendering needs.
    pub flow_run: ClaimedFlowRun,
}

/// The run as the API returns it to those who render it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClaimedFlowRun {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    #[serde(default)]
    pub name: Option<String>,
    /// The version of its state.
    #[serde(default)]
    pub version: i64,
    /// Its parameters.
    #[serde(default)]
    pub parameters: Map<String, Value>,
    /// Its run config in wire form, as it was copied onto the run.
    #[serde(default)]
    pub run_config: Option<Value>,
    /// Its flow.
    pub flow: ClaimedFlow,
}

/// What rendering needs of a flow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClaimedFlow {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    #[serde(default)]
    pub name: String,
    /// Its version within the flow group.
    #[serde(default)]
    pub version: i64,
    /// Its storage in wire form.
    #[serde(default)]
    pub storage: Option<Value>,
    /// The version of the library that registered it: `1.4.1` of Prefect, `castra/0.1.0` of Castra.
    #[serde(default)]
    pub core_version: Option<String>,
    /// Its legacy environment in wire form.
    #[serde(default)]
    pub environment: Option<Value>,
}
