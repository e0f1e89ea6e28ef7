//! Gives a flow run other labels, so that other agents take it.

use castra_core::label::{LabelSet, LabelSource};
use serde_json::Value as Json;
use uuid::Uuid;

use crate::claimable;
use crate::create_flow_run::source_name;
use crate::database::{Change, Transaction};
use crate::error::{Result, StoreError};
use crate::route::Route;

/// Sets the labels of a flow run. One that is launched already stays where it is; they count if it is launched again.
///
/// # Errors
/// [`StoreError::NotFound`].
pub fn set_flow_run_labels(tx: &mut Transaction<'_>, id: Uuid, labels: &LabelSet) -> Result<()> {
    let run_config: Option<Json> = tx
        .query_optional("select run_config from flow_run where id = ?1", &[id.into()], |row| row.get(0))?
        .ok_or_else(|| {
            StoreError::not_found_hint("flow_run", id, "`castra get flow-runs` lists the latest")
        })?;
    let route_id = Route::new(labels.clone(), run_config.as_ref()).intern(tx)?;
    tx.execute(
        "update flow_run set labels = ?2, label_source = ?3, route_id = ?4, updated = ?5 where id = ?1",
        &[id.into(), labels.into(), source_name(LabelSource::Run).into(), route_id.into(), tx.now().into()],
    )?;
    tx.announce(Change::Progress { flow_run_id: id });
    claimable::refresh(tx, id)
}
