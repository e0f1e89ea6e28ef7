//! `get_or_create_mapped_task_run_children`: the task runs of a mapped task, from index 0 to `max_map_index`.

use async_graphql::dynamic::SchemaError;
use castra_store::task_run::{self, GetOrCreateTaskRun};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::graphql::errors::Error;
use crate::graphql::registrar::{Call, Registrar};

/// The most that one call makes: a transaction of a second or so.
const MAX_CHILDREN: i64 = 20_000;

const TYPES: &str = "
    input get_or_create_mapped_task_run_children_input { flow_run_id: UUID! task_id: UUID! max_map_index: Int! }
    type get_or_create_mapped_task_run_children_payload { ids: [UUID!] }
";

/// Adds the mutation.
pub(super) fn register(registrar: Registrar) -> Result<Registrar, SchemaError> {
    registrar.mutation(
        "get_or_create_mapped_task_run_children",
        TYPES,
        get_or_create_mapped_task_run_children,
    )
}

#[derive(Deserialize)]
struct Input {
    flow_run_id: Uuid,
    task_id: Uuid,
    max_map_index: i64,
}

#[derive(Serialize)]
struct Payload {
    ids: Vec<Uuid>,
}

async fn get_or_create_mapped_task_run_children(call: Call, input: Input) -> Result<Payload, Error> {
    let Input { flow_run_id, task_id, max_map_index } = input;
    if max_map_index >= MAX_CHILDREN {
        return Err(Error::BadInput(format!(
            "get_or_create_mapped_task_run_children: input.max_map_index: {max_map_index} is too many, the most is {}: \
             get or create the others one by one with get_or_create_task_run",
            MAX_CHILDREN - 1
        )));
    }
    let ids = call
        .store
        .write(move |tx| {
            let child = |map_index| GetOrCreateTaskRun { flow_run_id, task_id, map_index };
            (0..=max_map_index)
                .map(|index| task_run::get_or_create_task_run(tx, child(index)).map(|found| found.id))
                .collect()
        })
        .await?;
    Ok(Payload { ids })
}
