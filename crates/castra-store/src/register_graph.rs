//! Register: the tasks and edges of a flow, in batches that may be sent again.

use std::collections::{HashMap, HashSet};

use castra_core::graph::{Edge, Task, read_edges, read_tasks};
use serde_json::Value as Json;
use uuid::Uuid;

use crate::archive::archive_older_versions;
use crate::database::{Transaction, Value};
use crate::error::{Result, StoreError};

/// Adds a batch of serialized tasks to a flow. Tasks that it has already stay as they are.
///
/// # Errors
/// [`StoreError::NotFound`] if there is no such flow, [`StoreError::Invalid`] naming what cannot be read.
pub fn register_tasks(tx: &mut Transaction<'_>, flow_id: Uuid, serialized_tasks: &Json) -> Result<()> {
    let tasks = read_tasks("serialized_tasks", serialized_tasks)
        .map_err(|error| StoreError::invalid(error.to_string()))?;
    insert_tasks(tx, flow_id, &tasks)
}

/// Adds a batch of serialized edges to a flow, whose tasks are there. Edges that it has already stay as they are. Edges are
/// the last that a client registers, even if there are none, so the versions before the flow are archived.
///
/// # Errors
/// [`StoreError::NotFound`] if there is no such flow, [`StoreError::Invalid`] naming what cannot be read or which task is
/// missing.
pub fn register_edges(tx: &mut Transaction<'_>, flow_id: Uuid, serialized_edges: &Json) -> Result<()> {
    let edges = read_edges("serialized_edges", serialized_edges)
        .map_err(|error| StoreError::invalid(error.to_string()))?;
    insert_edges(tx, flow_id, &edges)?;
    archive_older_versions(tx, flow_id)
}

pub(crate) fn insert_tasks(tx: &mut Transaction<'_>, flow_id: Uuid, tasks: &[Task]) -> Result<()> {
    let reference_tasks = reference_tasks(tx, flow_id)?;
    for task in tasks {
        insert_task(tx, flow_id, task, reference_tasks.contains(&task.slug))?;
    }
    Ok(())
}

/// The slugs that the flow's header names.
fn reference_tasks(tx: &mut Transaction<'_>, flow_id: Uuid) -> Result<HashSet<String>> {
    let flow: Json = tx
        .query_optional("select serialized_flow from flow where id = ?1", &[flow_id.into()], |row| {
            row.get(0)
        })?
        .ok_or_else(|| StoreError::not_found("flow", flow_id))?;
    let tasks = flow.get("reference_tasks").and_then(Json::as_array).into_iter().flatten();
    Ok(tasks.filter_map(|task| task.get("slug")?.as_str()).map(str::to_owned).collect())
}

fn insert_task(tx: &mut Transaction<'_>, flow_id: Uuid, task: &Task, is_reference_task: bool) -> Result<()> {
    let id = tx.new_id();
    let now = tx.now();
    tx.execute(
        "insert into task (id, flow_id, slug, name, type, max_retries, retry_delay, timeout, trigger, tags, cache_key,
             is_reference_task, auto_generated, skip_on_upstream_skip, created, updated)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?15)
         on conflict (flow_id, slug) do nothing",
        &[
            id.into(),
            flow_id.into(),
            (&task.slug).into(),
            task.name.clone().into(),
            (&task.task_type).into(),
            task.max_retries.into(),
            task.retry_delay.map(|delay| delay.as_secs_f64()).into(),
            task.timeout.map(|seconds| seconds as f64).into(),
            task.trigger.as_ref().map(|trigger| trigger.function.clone()).into(),
            Json::from(task.tags.clone()).into(),
            task.cache_key.clone().into(),
            is_reference_task.into(),
            task.auto_generated.into(),
            task.skip_on_upstream_skip.into(),
            now.into(),
        ],
    )?;
    Ok(())
}

pub(crate) fn insert_edges(tx: &mut Transaction<'_>, flow_id: Uuid, edges: &[Edge]) -> Result<()> {
    let tasks = task_ids(tx, flow_id)?;
    for edge in edges {
        let task = |slug: &String| {
            tasks.get(slug).copied().ok_or_else(|| {
                StoreError::invalid(format!(
                    "the edge `{}` → `{}` names the task `{slug}`, which the flow does not have: register it first",
                    edge.upstream, edge.downstream
                ))
            })
        };
        insert_edge(tx, flow_id, edge, (task(&edge.upstream)?, task(&edge.downstream)?))?;
    }
    Ok(())
}

fn task_ids(tx: &mut Transaction<'_>, flow_id: Uuid) -> Result<HashMap<String, Uuid>> {
    let known = tx.query_optional("select 1 from flow where id = ?1", &[flow_id.into()], |_| Ok(()))?;
    known.ok_or_else(|| StoreError::not_found("flow", flow_id))?;
    let tasks = tx.query("select slug, id from task where flow_id = ?1", &[flow_id.into()], |row| {
        Ok((row.get(0)?, row.get(1)?))
    })?;
    Ok(tasks.into_iter().collect())
}

fn insert_edge(
    tx: &mut Transaction<'_>,
    flow_id: Uuid,
    edge: &Edge,
    (upstream, downstream): (Uuid, Uuid),
) -> Result<()> {
    let id = tx.new_id();
    let now = tx.now();
    tx.execute(
        "insert into edge (id, flow_id, upstream_task_id, downstream_task_id, key, mapped, flattened, created, updated)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8) on conflict do nothing",
        &[
            id.into(),
            flow_id.into(),
            upstream.into(),
            downstream.into(),
            edge.key.clone().map_or(Value::from(""), Value::from),
            edge.mapped.into(),
            edge.flattened.into(),
            now.into(),
        ],
    )?;
    tx.execute("update task set is_terminal_task = 0 where id = ?1", &[upstream.into()])?;
    tx.execute(
        "update task set is_root_task = 0, mapped = case when ?2 = 1 then 1 else mapped end where id = ?1",
        &[downstream.into(), edge.mapped.into()],
    )?;
    Ok(())
}
