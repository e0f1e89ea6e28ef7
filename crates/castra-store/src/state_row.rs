//! A state as the tables of flow runs and task runs hold it.

use castra_core::state::{State, StateKind};
use jiff::Timestamp;
use uuid::Uuid;

use crate::database::{Transaction, Value, in_microseconds};
use crate::error::{Result, StoreError};

/// The largest state that is kept (Prefect 1's limit). Results belong into result storage.
const MAX_BYTES: usize = 1_000_000;

/// A state on its way into the tables: its payload as it was sent, and the columns that are taken from it.
pub(crate) struct StateRow {
    pub id: Uuid,
    pub kind: StateKind,
    pub timestamp: Timestamp,
    pub message: Option<String>,
    pub start_time: Option<Timestamp>,
    pub serialized: String,
}

impl StateRow {
    /// The row of a state entered at `timestamp`.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] if it is too large.
    pub(crate) fn new(tx: &mut Transaction<'_>, state: &State, timestamp: Timestamp) -> Result<Self> {
        let serialized = state.to_json().to_string();
        if serialized.len() > MAX_BYTES {
            return Err(StoreError::invalid(format!(
                "State update failed: the {} state has {} bytes, the limit is {MAX_BYTES}; keep large results in a result storage",
                state.kind(),
                serialized.len(),
            )));
        }
        let message = Some(state.message()).filter(|message| !message.is_empty()).map(str::to_owned);
        let timestamp = in_microseconds(timestamp);
        let due_at_once = state.kind().is_claimable().then_some(timestamp);
        let start_time = state.start_time().or(due_at_once);
        Ok(Self { id: tx.new_id(), kind: state.kind(), timestamp, message, start_time, serialized })
    }

    /// Writes it to a history: `flow_run_state` or `task_run_state`, by the statement given.
    pub(crate) fn insert(
        &self,
        tx: &mut Transaction<'_>,
        sql: &str,
        run_id: Uuid,
        version: i64,
    ) -> Result<()> {
        let now = tx.now();
        tx.execute(
            sql,
            &[
                self.id.into(),
                run_id.into(),
                version.into(),
                self.kind.into(),
                self.timestamp.into(),
                self.message.clone().into(),
                self.start_time.into(),
                (&self.serialized).into(),
                now.into(),
            ],
        )?;
        Ok(())
    }

    /// The columns `state, state_id, state_timestamp, state_message, state_start_time, serialized_state`.
    pub(crate) fn columns(&self) -> [Value; 6] {
        [
            self.kind.into(),
            self.id.into(),
            self.timestamp.into(),
            self.message.clone().into(),
            self.start_time.into(),
            (&self.serialized).into(),
        ]
    }
}
