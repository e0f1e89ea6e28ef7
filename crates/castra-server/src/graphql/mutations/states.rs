//! The answer that `set_flow_run_states` and `set_task_run_states` share.

use serde::Serialize;
use uuid::Uuid;

/// The states that were entered, in the order in which they were asked for.
#[derive(Debug, Serialize)]
pub(super) struct Payload {
    pub(super) states: Vec<Entered>,
}

/// A state was entered.
#[derive(Debug, Serialize)]
pub(super) struct Entered {
    id: Uuid,
    status: &'static str,
    message: Option<String>,
}

impl Entered {
    /// The run with this id is there. Prefect's client knows `QUEUED` beside `SUCCESS`, for limits that Castra does not have.
    pub(super) fn new(id: Uuid) -> Self {
        Self { id, status: "SUCCESS", message: None }
    }
}
