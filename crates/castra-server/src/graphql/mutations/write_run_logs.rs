//! `write_run_logs`: lines of the logs of runs. Lines of runs that are not known are dropped, and the same line again is kept
//! once: a log is no reason to disturb a run.

use async_graphql::dynamic::SchemaError;
use castra_store::log::{self, NewLog};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::loose;
use super::payload::Success;
use crate::graphql::errors::Error;
use crate::graphql::registrar::{Call, Registrar};

/// What Prefect's client writes when it says nothing else.
const DEFAULT_LEVEL: &str = "INFO";

const TYPES: &str = "
    input write_run_logs_input { logs: [JSON!]! }
    type write_run_logs_payload { success: Boolean }
";

/// Adds the mutation.
pub(super) fn register(registrar: Registrar) -> Result<Registrar, SchemaError> {
    registrar.mutation("write_run_logs", TYPES, write_run_logs)
}

#[derive(Deserialize)]
struct Input {
    logs: Vec<Line>,
}

#[derive(Deserialize)]
struct Line {
    flow_run_id: Option<Uuid>,
    task_run_id: Option<Uuid>,
    #[serde(default, deserialize_with = "loose::instant")]
    timestamp: Option<Timestamp>,
    name: Option<String>,
    level: Option<String>,
    message: Option<String>,
    info: Option<Value>,
}

impl Line {
    fn into_log(self) -> Option<NewLog> {
        Some(NewLog {
            flow_run_id: self.flow_run_id?,
            task_run_id: self.task_run_id,
            timestamp: self.timestamp,
            name: self.name,
            level: self.level.unwrap_or_else(|| DEFAULT_LEVEL.to_owned()),
            message: self.message.unwrap_or_default(),
            info: self.info,
        })
    }
}

async fn write_run_logs(call: Call, input: Input) -> Result<Success, Error> {
    let logs: Vec<NewLog> = input.logs.into_iter().filter_map(Line::into_log).collect();
    call.store.write(move |tx| log::write_logs(tx, &logs)).await?;
    Ok(Success::YES)
}
