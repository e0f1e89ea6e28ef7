//! Schedule: makes the next runs of flows whose schedule is active. A flow group's schedule replaces the flow's.

use castra_core::canonical;
use castra_core::schedule::{Schedule, ScheduledEvent};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::create_flow_run::{CreateFlowRun, FlowToRun, create_flow_run};
use crate::database::{Transaction, time_text};
use crate::error::{Result, StoreError};

/// How many runs are made ahead (Prefect 1's scheduler).
const RUNS_AHEAD: usize = 10;

/// The flows whose schedule is active.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn flows_to_schedule(tx: &mut Transaction<'_>) -> Result<Vec<Uuid>> {
    tx.query(
        "select f.id from flow f join flow_group g on g.id = f.flow_group_id
         where f.is_schedule_active = 1 and f.archived = 0 and coalesce(g.schedule, f.schedule) is not null",
        &[],
        |row| row.get(0),
    )
}

/// Makes the runs for the next events of a flow's schedule, over all its clocks. Each event has one run for ever, so
/// asking again makes only what is missing. Answers how many are new.
///
/// # Errors
/// [`StoreError::NotFound`], or [`StoreError::Invalid`] if the schedule cannot be read or the runs lack parameters.
pub fn schedule_flow_runs(tx: &mut Transaction<'_>, flow_id: Uuid) -> Result<usize> {
    let schedule: Option<Json> = tx
        .query_optional(
            "select case when f.is_schedule_active = 1 and f.archived = 0 then coalesce(g.schedule, f.schedule) end
             from flow f join flow_group g on g.id = f.flow_group_id where f.id = ?1",
            &[flow_id.into()],
            |row| row.get(0),
        )?
        .ok_or_else(|| StoreError::not_found("flow", flow_id))?;
    let Some(schedule) = schedule else { return Ok(0) };
    let schedule = Schedule::from_json(&schedule)
        .map_err(|error| StoreError::invalid(format!("flow {flow_id} cannot be scheduled: {error}")))?;
    let mut made = 0;
    for event in schedule.next(tx.now(), RUNS_AHEAD) {
        let run = create_flow_run(tx, &run_of(flow_id, event))?;
        made += usize::from(run.is_new);
    }
    Ok(made)
}

fn run_of(flow_id: Uuid, event: ScheduledEvent) -> CreateFlowRun {
    // Two events at one time differ in what their clocks give to the run.
    let of_clock = canonical::sha256(&json!([event.parameter_defaults, event.labels]));
    let key = format!("auto-scheduled:{}:{}", time_text(event.start_time), &of_clock[..16]);
    CreateFlowRun {
        parameters: Some(event.parameter_defaults),
        labels: event.labels.map(|labels| labels.into_iter().collect()),
        idempotency_key: Some(key),
        scheduled_start_time: Some(event.start_time),
        auto_scheduled: true,
        ..CreateFlowRun::of(FlowToRun::Flow(flow_id))
    }
}

/// Starts a flow's schedule and makes its next runs. A flow without one is left as it is, and that is no fault.
///
/// # Errors
/// As [`schedule_flow_runs`].
pub fn set_schedule_active(tx: &mut Transaction<'_>, flow_id: Uuid) -> Result<()> {
    set_active(tx, flow_id, true)?;
    schedule_flow_runs(tx, flow_id).map(|_| ())
}

/// Pauses a flow's schedule and deletes the runs that it made and that wait.
///
/// # Errors
/// [`StoreError::NotFound`].
pub fn set_schedule_inactive(tx: &mut Transaction<'_>, flow_id: Uuid) -> Result<()> {
    set_active(tx, flow_id, false)?;
    delete_scheduled_runs(tx, flow_id)
}

fn set_active(tx: &mut Transaction<'_>, flow_id: Uuid, active: bool) -> Result<()> {
    let changed = tx.execute(
        "update flow set is_schedule_active = ?2, updated = ?3 where id = ?1",
        &[flow_id.into(), active.into(), tx.now().into()],
    )?;
    match changed {
        0 => Err(StoreError::not_found("flow", flow_id)),
        _ => Ok(()),
    }
}

/// Sets the schedule of a flow group, which replaces those of its flows, or deletes it. Runs made for the schedule before
/// are deleted where they wait, and those of the new one are made.
///
/// # Errors
/// [`StoreError::NotFound`], or as [`schedule_flow_runs`].
pub fn set_flow_group_schedule(
    tx: &mut Transaction<'_>,
    flow_group_id: Uuid,
    schedule: Option<&Schedule>,
) -> Result<()> {
    let changed = tx.execute(
        "update flow_group set schedule = ?2, updated = ?3 where id = ?1",
        &[flow_group_id.into(), schedule.map(Schedule::to_json).into(), tx.now().into()],
    )?;
    if changed == 0 {
        return Err(StoreError::not_found("flow_group", flow_group_id));
    }
    let flows: Vec<Uuid> = tx.query(
        "select id from flow where flow_group_id = ?1 and archived = 0",
        &[flow_group_id.into()],
        |row| row.get(0),
    )?;
    for flow_id in flows {
        delete_scheduled_runs(tx, flow_id)?;
        schedule_flow_runs(tx, flow_id)?;
    }
    Ok(())
}

/// Deletes the runs that a flow's schedule made and that nobody has claimed yet.
pub(crate) fn delete_scheduled_runs(tx: &mut Transaction<'_>, flow_id: Uuid) -> Result<()> {
    tx.execute(
        "delete from flow_run where flow_id = ?1 and auto_scheduled = 1 and state = 'Scheduled'
             and not exists (select 1 from launch where launch.flow_run_id = flow_run.id and ended_at is null)",
        &[flow_id.into()],
    )?;
    Ok(())
}
