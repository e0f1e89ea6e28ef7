//! Which flow run's process asks, known by the credential that it shows.

use castra_store::credential::{self, FlowRunProcess};
use castra_store::{Result, StoreError, Transaction};

use crate::graphql::caller::Caller;

/// The process that asks, if it shows a credential.
pub(super) fn process(tx: &mut Transaction<'_>, caller: &Caller) -> Result<Option<FlowRunProcess>> {
    caller.credential.as_ref().map(|shown| credential::authenticate(tx, shown)).transpose()
}

/// The process that asks, where only a process may ask.
pub(super) fn required_process(tx: &mut Transaction<'_>, caller: &Caller) -> Result<FlowRunProcess> {
    process(tx, caller)?.ok_or_else(|| {
        StoreError::Fenced(
            "the flow run's credential is missing: send the header `Authorization: Bearer <CASTRA_API_KEY>`"
                .to_owned(),
        )
    })
}
