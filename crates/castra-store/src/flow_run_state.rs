//! Sets a flow run's state: legal moves, version locking, fencing, history, and what follows for task runs, the launch
//! and the queue.

use castra_core::state::{Move, Refusal, State, StateKind, move_flow_run};
use jiff::Timestamp;
use uuid::Uuid;

use crate::credential::FlowRunProcess;
use crate::database::{Change, Transaction};
use crate::error::{Result, StoreError};
use crate::state_row::StateRow;
use crate::time::seconds_after;
use crate::{claimable, ledger, task_run_state};

/// How long a process that reported the end of its run may take to exit before it is stopped.
const EXIT_GRACE_SECONDS: i64 = 15;

/// A proposed state of a flow run.
#[derive(Clone, Debug, PartialEq)]
pub struct SetFlowRunState {
    /// The run.
    pub flow_run_id: Uuid,
    /// The state.
    pub state: State,
    /// The version of the run that the caller knows; enforced when the run is to be Submitted or Running.
    pub version: Option<i64>,
    /// The process that asks, if it showed its credential.
    pub process: Option<FlowRunProcess>,
    /// The agent that asks, if it named itself: a repeated Submitted of the same agent is no fault.
    pub agent_id: Option<Uuid>,
}

/// A flow run as it stands after [`set_flow_run_state`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlowRunNow {
    /// The run.
    pub id: Uuid,
    /// Its state.
    pub state: StateKind,
    /// How many states it has had.
    pub version: i64,
}

/// Sets the state, or finds that the run is there already.
///
/// # Errors
/// [`StoreError::NotFound`], [`StoreError::Fenced`], [`StoreError::VersionLock`], [`StoreError::Refused`], or
/// [`StoreError::Invalid`] if the payload is too large.
pub fn set_flow_run_state(tx: &mut Transaction<'_>, request: &SetFlowRunState) -> Result<FlowRunNow> {
    if let Some(process) = request.process {
        process.check_run(request.flow_run_id)?;
    }
    let (run, agent_id) = read(tx, request.flow_run_id)?;
    if is_repetition(request, run, agent_id) {
        return Ok(run);
    }
    check_version(run.version, request.version, run.state, request.state.kind())?;
    match move_flow_run(run.state, request.state.kind()) {
        Move::AlreadyThere => Ok(run),
        Move::Refuse(refusal) => Err(refusal.into()),
        Move::Accept => {
            if let (Some(agent_id), StateKind::Submitted) = (request.agent_id, request.state.kind()) {
                let agent = [run.id.into(), agent_id.into()];
                tx.execute("update flow_run set agent_id = ?2 where id = ?1", &agent)?;
            }
            if let (Some(process), StateKind::Running) = (request.process, request.state.kind()) {
                ledger::present(tx, process.launch_id)?;
            }
            enter(tx, run, &request.state, request.process)
        }
    }
}

/// The same request again, after its answer was lost: of an agent that has submitted the run, or of the one process of a
/// launch.
fn is_repetition(request: &SetFlowRunState, run: FlowRunNow, agent_id: Option<Uuid>) -> bool {
    let sent_before = request.version == Some(run.version - 1) && request.state.kind() == run.state;
    let same_sender = match run.state {
        StateKind::Submitted => request.agent_id.is_some() && request.agent_id == agent_id,
        _ => request.process.is_some(),
    };
    sent_before && same_sender
}

/// Prefect's client counts versions along, and sends stale ones with ends, so only beginnings are locked.
pub(crate) fn check_version(
    current: i64,
    proposed: Option<i64>,
    state: StateKind,
    next: StateKind,
) -> Result<()> {
    match proposed {
        Some(proposed)
            if proposed != current && matches!(next, StateKind::Running | StateKind::Submitted) =>
        {
            // The agent looks for these words, which tell it that another one was first.
            if (state, next) == (StateKind::Submitted, StateKind::Submitted) {
                return Err(Refusal::AlreadySubmitted.into());
            }
            Err(StoreError::VersionLock { proposed, current, state })
        }
        _ => Ok(()),
    }
}

fn read(tx: &mut Transaction<'_>, id: Uuid) -> Result<(FlowRunNow, Option<Uuid>)> {
    tx.query_optional("select state, version, agent_id from flow_run where id = ?1", &[id.into()], |row| {
        Ok((FlowRunNow { id, state: row.get(0)?, version: row.get(1)? }, row.get(2)?))
    })?
    .ok_or_else(|| StoreError::not_found("flow_run", id))
}

/// The run as it stands.
///
/// # Errors
/// [`StoreError::NotFound`].
pub(crate) fn flow_run_now(tx: &mut Transaction<'_>, id: Uuid) -> Result<FlowRunNow> {
    read(tx, id).map(|(run, _)| run)
}

/// Enters a state that was decided on, and does what follows from it.
pub(crate) fn enter(
    tx: &mut Transaction<'_>,
    run: FlowRunNow,
    state: &State,
    by: Option<FlowRunProcess>,
) -> Result<FlowRunNow> {
    let now = tx.now();
    let row = StateRow::new(tx, state, now)?;
    let next = FlowRunNow { id: run.id, state: row.kind, version: run.version + 1 };
    row.insert(tx, INSERT_STATE, run.id, next.version)?;
    update(tx, next, &row)?;
    follow(tx, run.state, next, by)?;
    claimable::refresh(tx, run.id)?;
    tx.announce(Change::FlowRun { id: run.id, state: next.state });
    Ok(next)
}

pub(crate) const INSERT_STATE: &str =
    "insert into flow_run_state (id, flow_run_id, version, state, timestamp, message, start_time, serialized_state, created)
     values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

fn update(tx: &mut Transaction<'_>, run: FlowRunNow, row: &StateRow) -> Result<()> {
    let now = tx.now();
    let at = |condition: bool| condition.then_some(now);
    let begins = matches!(run.state, StateKind::Submitted | StateKind::Running);
    let mut values = vec![run.id.into(), run.version.into()];
    values.extend(row.columns());
    values.push(at(run.state == StateKind::Running).into());
    values.push(at(run.state.is_finished()).into());
    values.push(at(begins).into());
    tx.execute(
        "update flow_run set version = ?2, state = ?3, state_id = ?4, state_timestamp = ?5, state_message = ?6,
             state_start_time = ?7, serialized_state = ?8, updated = ?5,
             start_time = coalesce(start_time, ?9), end_time = ?10, heartbeat = coalesce(?11, heartbeat)
         where id = ?1",
        &values,
    )?;
    Ok(())
}

/// What a new state means for the run's task runs and its launch.
fn follow(
    tx: &mut Transaction<'_>,
    before: StateKind,
    run: FlowRunNow,
    by: Option<FlowRunProcess>,
) -> Result<()> {
    let now = tx.now();
    match run.state {
        StateKind::Cancelling => ledger::stop_from(tx, run.id, now),
        StateKind::Cancelled => {
            let cancelled = State::new(StateKind::Cancelled, "The flow run was cancelled.");
            task_run_state::end_unfinished(tx, run.id, &cancelled)?;
            ledger::stop_from(tx, run.id, exit_time(by, now))
        }
        state if state.is_finished() => ledger::stop_from(tx, run.id, exit_time(by, now)),
        state if state.is_pending() && by.is_none() => {
            if before.is_finished() {
                let reset = "update flow_run set times_resurrected = 0, times_not_launched = 0 where id = ?1";
                tx.execute(reset, &[run.id.into()])?;
            }
            ledger::fence(tx, run.id)
        }
        _ => Ok(()),
    }
}

fn exit_time(by: Option<FlowRunProcess>, now: Timestamp) -> Timestamp {
    match by {
        Some(_) => seconds_after(now, EXIT_GRACE_SECONDS),
        None => now,
    }
}
