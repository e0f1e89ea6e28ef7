//! What listeners are told after a commit.

use castra_core::state::StateKind;
use jiff::Timestamp;
use uuid::Uuid;

use crate::route::Route;

/// Something that others wait for. Announced in a transaction, told after its commit.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// A run may be claimed by agents that cover its route.
    Claimable {
        /// The run's route.
        route: Route,
        /// From when on.
        from: Timestamp,
    },
    /// An agent has a launch to stop.
    StopLaunch {
        /// The agent.
        agent_id: Uuid,
        /// From when on.
        from: Timestamp,
    },
    /// A flow run has a new state.
    FlowRun {
        /// The run.
        id: Uuid,
        /// Its state.
        state: StateKind,
    },
    /// Something else of a flow run moved: a launch, a task run, its name or its labels.
    Progress {
        /// The run.
        flow_run_id: Uuid,
    },
    /// A flow run logged.
    Logged {
        /// The run.
        flow_run_id: Uuid,
    },
    /// An agent came or was forgotten.
    Agents,
}
