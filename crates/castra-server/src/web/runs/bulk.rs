//! What is done to several runs at once: cancel them, or run those again that ended badly. A run to which it cannot be done
//! is passed over, and stays in the list as it is.

use axum::extract::State;
use castra_store::{StoreError, Transaction, cancel, restart};
use uuid::Uuid;

use crate::web::Web;
use crate::web::fields::InForm;
use crate::web::page_error::PageError;
use crate::web::respond::{self, Answer};

/// `POST /runs`: `run` for each of them, `action` and, to come back to the same list, `query`.
pub(in crate::web) async fn act(State(web): State<Web>, InForm(fields): InForm) -> Answer {
    let ids = fields.ids("run")?;
    if ids.is_empty() {
        return Err(PageError::bad("No run is chosen: go back and mark some."));
    }
    let action = match fields.required("action")? {
        "cancel" => cancel_run,
        "retry" => retry_run,
        other => return Err(PageError::bad(format!("action: “{other}” is unknown: use cancel or retry."))),
    };
    for id in ids {
        // One transaction each: they are committed together anyway, and one that fails undoes no other.
        match web.store.write(move |tx| action(tx, id)).await {
            Ok(()) | Err(StoreError::Conflict(_) | StoreError::NotFound { .. } | StoreError::Refused(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    respond::see(&format!("/runs?{}", fields.text("query").unwrap_or_default()))
}

fn cancel_run(tx: &mut Transaction<'_>, id: Uuid) -> castra_store::Result<()> {
    cancel::cancel_flow_run(tx, id).map(drop)
}

fn retry_run(tx: &mut Transaction<'_>, id: Uuid) -> castra_store::Result<()> {
    restart::restart_flow_run(tx, id).map(drop)
}
