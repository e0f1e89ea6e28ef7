//! What `set_flow_run_states` and `set_task_run_states` share: who asks, and the answer.

use castra_store::credential::{self, FlowRunProcess};
use castra_store::{StoreError, Transaction};
use serde::Serialize;
use uuid::Uuid;

use crate::graphql::caller::Caller;

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

/// The process that asks, if it showed a credential.
pub(super) fn process(
    tx: &mut Transaction<'_>,
    caller: &Caller,
) -> Result<Option<FlowRunProcess>, StoreError> {
    caller.credential.as_ref().map(|shown| credential::authenticate(tx, shown)).transpose()
}
