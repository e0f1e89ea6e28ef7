//! The task runs of a run: a row per task, the children of a mapped one folded.

use castra_core::state::StateKind;
use castra_store::view::tasks::{TaskRunView, TaskView};
use uuid::Uuid;

use super::actions::resume_url;
use crate::web::components::StateBadge;
use crate::web::words;

/// A task and what became of it.
#[derive(Clone, Debug)]
pub(super) struct TaskRow {
    pub(super) id: Uuid,
    pub(super) name: String,
    pub(super) state: Option<StateBadge>,
    pub(super) took: Option<String>,
    pub(super) attempts: Option<i64>,
    pub(super) message: Option<String>,
    /// Where the form leads that resumes it.
    pub(super) resume_url: Option<String>,
    pub(super) children: Option<Children>,
}

/// The folded children of a mapped task.
#[derive(Clone, Debug)]
pub(super) struct Children {
    pub(super) url: String,
    pub(super) total: i64,
    pub(super) counts: Vec<(StateBadge, i64)>,
}

impl TaskRow {
    pub(super) fn new(flow_run: (Uuid, StateKind), task: TaskView) -> Self {
        let state = state_of(&task);
        let run = task.run.as_ref();
        Self {
            state: state.map(StateBadge::new),
            took: task.start_time.zip(task.end_time).map(|(start, end)| words::between(start, end)),
            attempts: run.map(|run| run.run_count).filter(|count| *count > 1),
            message: run.and_then(|run| told(run, state)),
            resume_url: run.and_then(|run| resume_url(flow_run, run)),
            children: Children::of(flow_run.0, &task),
            id: task.id,
            name: task.name,
        }
    }
}

/// What the state says, if it says more than the badge.
fn told(run: &TaskRunView, state: Option<StateKind>) -> Option<String> {
    let is_dull = state.is_some_and(|state| state.is_successful() || state == StateKind::Pending);
    run.message.clone().filter(|_| !is_dull)
}

/// The state of a task: that of its own run, or the first among its children that matters.
pub(in crate::web) fn state_of(task: &TaskView) -> Option<StateKind> {
    if let Some(run) = &task.run
        && run.state != StateKind::Mapped
    {
        return Some(run.state);
    }
    let any = |wanted: fn(StateKind) -> bool| {
        task.counts
            .iter()
            .map(|(state, _)| *state)
            .find(|state| *state != StateKind::Mapped && wanted(*state))
    };
    any(StateKind::is_failed)
        .or_else(|| any(StateKind::is_running))
        .or_else(|| any(|state| !state.is_finished()))
        .or_else(|| any(|_| true))
        .or(task.run.as_ref().map(|run| run.state))
}

impl Children {
    fn of(run_id: Uuid, task: &TaskView) -> Option<Self> {
        let own = task.run.as_ref().map(|run| run.state);
        let less_own = |(state, count): &(StateKind, i64)| (*state, count - i64::from(Some(*state) == own));
        let counts: Vec<_> = task.counts.iter().map(less_own).filter(|(_, count)| *count > 0).collect();
        let total = counts.iter().map(|(_, count)| count).sum();
        let url = format!("/runs/{run_id}/tasks/{}", task.id);
        let counts = counts.into_iter().map(|(state, count)| (StateBadge::new(state), count)).collect();
        (total > 0).then_some(Self { url, total, counts })
    }
}
