//! What became of a run: its state, the states of its task runs, and the results of its tasks.

use castra_core::run_report::TimedState;
use castra_core::state::{State, StateKind};
use serde::de::DeserializeOwned;

use crate::data::Data;

/// What became of a run.
#[derive(Clone, Debug)]
pub struct FlowResult {
    pub(crate) state: State,
    pub(crate) task_runs: Vec<TaskRunResult>,
    /// By slug, in the order of the tasks.
    pub(crate) results: Vec<(String, Data)>,
}

/// What became of a task run.
#[derive(Clone, Debug)]
pub struct TaskRunResult {
    /// The task's slug: its name and a number, `extract-1`.
    pub slug: String,
    /// Its index if it is the child of a mapped task.
    pub map_index: Option<usize>,
    /// The states it went through, oldest first; the last one is its end.
    pub states: Vec<TimedState>,
}

/// Why a result cannot be given.
#[derive(Debug, thiserror::Error)]
pub enum ResultError {
    /// No task has this slug.
    #[error("the flow has no task `{slug}`; a slug is a task's name and a number, e.g. `extract-1`")]
    UnknownTask {
        /// The slug that was asked for.
        slug: String,
    },
    /// The result is of another type.
    #[error("the result of `{slug}` is of another type: {reason}")]
    OtherType {
        /// The task's slug.
        slug: String,
        /// What does not fit.
        reason: serde_json::Error,
    },
}

impl FlowResult {
    /// The run's last state.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Whether the run succeeded.
    pub fn is_successful(&self) -> bool {
        self.state.kind().is_successful()
    }

    /// Every task run, in the order of the tasks and of the items they are mapped over.
    pub fn task_runs(&self) -> &[TaskRunResult] {
        &self.task_runs
    }

    /// The result of the task with this slug, e.g. `extract-1`; of a mapped task, the list of its children's results.
    /// A task that did not succeed has none, which reads as `null`.
    ///
    /// # Errors
    /// [`ResultError`] if there is no such task, or its result is no `T`.
    pub fn result<T: DeserializeOwned>(&self, slug: &str) -> Result<T, ResultError> {
        let of_slug = self.results.iter().find(|(known, _)| known == slug);
        let (_, data) = of_slug.ok_or_else(|| ResultError::UnknownTask { slug: slug.to_owned() })?;
        data.read().map_err(|reason| ResultError::OtherType { slug: slug.to_owned(), reason })
    }
}

impl FlowResult {
    /// The result of every task, with its slug, as other languages read them; in the order of the tasks.
    pub fn untyped_results(&self) -> impl Iterator<Item = (&str, &Data)> {
        self.results.iter().map(|(slug, data)| (slug.as_str(), data))
    }
}

impl TaskRunResult {
    /// Its last state.
    pub fn kind(&self) -> StateKind {
        self.states.last().map_or(StateKind::Pending, |last| last.state.kind())
    }
}
