//! What is set on all versions of a flow at once, and counts for every later run: labels, run config, default parameters,
//! description and switches. Its schedule is told in `schedule.rs`.

use castra_core::label::LabelSet;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::{Result, StoreError, Transaction, Value as Parameter};

/// A switch of a flow group. All are on unless switched off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlowSetting {
    /// The processes of its runs send heartbeats.
    Heartbeat,
    /// Its lost runs are rescheduled.
    Lazarus,
    /// State writes carry the version of the run that they follow from. Off unless switched on.
    VersionLocking,
}

impl FlowSetting {
    /// Its key in the column `settings` (prefect 1.4.1 reads `heartbeat_enabled`).
    pub fn key(self) -> &'static str {
        match self {
            FlowSetting::Heartbeat => "heartbeat_enabled",
            FlowSetting::Lazarus => "lazarus_enabled",
            FlowSetting::VersionLocking => "version_locking_enabled",
        }
    }

    /// Whether it is on in a column `settings`, where what is not there is on.
    pub(crate) fn is_on(self, settings: &Map<String, Value>) -> bool {
        settings.get(self.key()).and_then(Value::as_bool).unwrap_or(true)
    }
}

/// Sets the labels, over those of the flows; none lets the flows' count again.
///
/// # Errors
/// [`StoreError::NotFound`].
pub fn set_labels(tx: &mut Transaction<'_>, id: Uuid, labels: Option<&LabelSet>) -> Result<()> {
    set(tx, id, "labels", labels.into())
}

/// Sets the run config, in the place of the flows'; none lets the flows' count again.
///
/// # Errors
/// [`StoreError::NotFound`].
pub fn set_run_config(tx: &mut Transaction<'_>, id: Uuid, run_config: Option<&Value>) -> Result<()> {
    set(tx, id, "run_config", run_config.into())
}

/// Sets values for parameters, over the flows' defaults.
///
/// # Errors
/// [`StoreError::NotFound`].
pub fn set_default_parameters(
    tx: &mut Transaction<'_>,
    id: Uuid,
    parameters: Map<String, Value>,
) -> Result<()> {
    set(tx, id, "default_parameters", parameters.into())
}

/// Says what the flow is for.
///
/// # Errors
/// [`StoreError::NotFound`].
pub fn set_description(tx: &mut Transaction<'_>, id: Uuid, description: Option<&str>) -> Result<()> {
    set(tx, id, "description", description.into())
}

/// Turns a switch of the group of `flow_id` on or off, for every version: each flow carries a copy of the settings, because
/// Prefect's client reads them there.
///
/// # Errors
/// [`StoreError::NotFound`].
pub fn switch(tx: &mut Transaction<'_>, flow_id: Uuid, setting: FlowSetting, on: bool) -> Result<()> {
    let group = tx.query_optional(
        "select flow_group.id, flow_group.settings from flow_group
         join flow on flow.flow_group_id = flow_group.id where flow.id = ?1",
        &[flow_id.into()],
        |row| Ok((row.get::<Uuid>(0)?, row.get::<Map<String, Value>>(1)?)),
    )?;
    let Some((group_id, mut settings)) = group else {
        return Err(StoreError::not_found_hint("flow", flow_id, "`castra get flows` lists those there are"));
    };
    settings.insert(setting.key().to_owned(), on.into());
    let settings = Parameter::from(settings);
    set(tx, group_id, "settings", settings.clone())?;
    tx.execute(
        "update flow set settings = ?2, updated = ?3 where flow_group_id = ?1",
        &[group_id.into(), settings, tx.now().into()],
    )?;
    Ok(())
}

/// Writes one column, whose name is a constant of this file.
fn set(tx: &mut Transaction<'_>, id: Uuid, column: &'static str, value: Parameter) -> Result<()> {
    let changed = tx.execute(
        &format!("update flow_group set {column} = ?2, updated = ?3 where id = ?1"),
        &[id.into(), value, tx.now().into()],
    )?;
    match changed {
        0 => Err(StoreError::not_found_hint(
            "flow_group",
            id,
            "ask a flow for its flow_group_id; this may be the flow's own id",
        )),
        _ => Ok(()),
    }
}
