//! Relaunch: which task runs stand as an earlier launch of the same run left them. Pure.
//!
//! Results live in the process's memory and are gone with it, unless they were kept elsewhere. So a task run that ended is
//! not run again unless a task that has yet to run takes its result, and that is gone.

use castra_core::state::{State, StateKind};
use jiff::Timestamp;

use super::plan::{Ended, Plan, TaskRunKey};
use super::waiting::Waiting;
use crate::data::Data;

/// A task run of an earlier launch.
#[derive(Clone, Debug)]
pub(crate) struct KnownTaskRun {
    /// The state that it is in.
    pub(crate) state: State,
    /// Its result, unless that is gone.
    pub(crate) data: Option<Data>,
}

/// What an earlier launch left behind.
pub(crate) type Known = std::collections::HashMap<TaskRunKey, KnownTaskRun>;

impl KnownTaskRun {
    /// How many children it has, if it is Mapped.
    fn children(&self) -> Option<usize> {
        let count = self.state.field("n_map_states").and_then(serde_json::Value::as_u64).unwrap_or(0);
        (self.state.kind() == StateKind::Mapped).then(|| usize::try_from(count).unwrap_or(usize::MAX))
    }

    /// Whether it waits for somebody.
    fn is_paused(&self) -> bool {
        Waiting::of(&self.state).is_some_and(|waiting| waiting.delay(Timestamp::MIN, None).is_none())
    }

    fn end(&self) -> (StateKind, Data) {
        (self.state.kind(), self.data.clone().unwrap_or_else(Data::nothing))
    }
}

/// Which of the `known` task runs stand.
pub(crate) fn kept(plan: &Plan, known: &Known) -> Ended {
    let held = held(plan, known);
    let mut kept = Ended::new();
    let mut runs_again: Vec<bool> = held.iter().map(|held| !held).collect();
    // Downstream comes after upstream, so whether a result is needed is known when its task is looked at.
    for task in (0..plan.tasks.len()).rev() {
        let needed = plan.edges_out_of(task).any(|edge| edge.part.is_some() && runs_again[edge.downstream]);
        let stands = |run: &KnownTaskRun| {
            let kind = run.state.kind();
            let is_gone = matches!(kind, StateKind::Success | StateKind::Cached) && run.data.is_none();
            kind.is_finished() && !(needed && is_gone)
        };
        let parent = TaskRunKey::of(task);
        let Some(run) = known.get(&parent) else { continue };
        if let Some(children) = run.children() {
            let of_children = (0..children).map(|index| TaskRunKey::child(task, index));
            let of_children = of_children.filter_map(|key| Some((key, known.get(&key)?)));
            let standing: Vec<_> = of_children
                .filter(|(_, child)| stands(child))
                .map(|(key, child)| (key, child.end()))
                .collect();
            if standing.len() == children {
                kept.insert(parent, run.end());
                runs_again[task] = false;
            }
            kept.extend(standing);
        } else if stands(run) {
            kept.insert(parent, run.end());
            runs_again[task] = false;
        }
    }
    kept
}

/// Which tasks cannot begin in this launch, because they, or others that they wait for, wait for somebody.
fn held(plan: &Plan, known: &Known) -> Vec<bool> {
    let mut held = Vec::with_capacity(plan.tasks.len());
    for task in 0..plan.tasks.len() {
        let is_paused = known.get(&TaskRunKey::of(task)).is_some_and(KnownTaskRun::is_paused);
        let waits_for_paused = plan.edges_into(task).any(|edge| held[edge.upstream]);
        held.push(is_paused || waits_for_paused);
    }
    held
}

#[cfg(test)]
mod tests {
    use super::super::plan::{Edge, PlannedTask};
    use super::*;
    use crate::flow::Part;
    use StateKind::{Failed, Mapped, Paused, Resume, Running, Success};

    /// extract → transform → load, the middle one mapped.
    fn plan() -> Plan {
        let mut plan = Plan { tasks: vec![PlannedTask::default(); 3], edges: Vec::new() };
        plan.tasks[1].mapped = true;
        plan.connect(Edge { upstream: 0, downstream: 1, part: Some(Part::Each) });
        plan.connect(Edge { upstream: 1, downstream: 2, part: Some(Part::Whole) });
        plan
    }

    fn kept_of(known: &[(TaskRunKey, StateKind)]) -> Vec<(TaskRunKey, StateKind)> {
        let known = known.iter().map(|(key, kind)| (*key, without_result(*kind)));
        kept_kinds(&known.collect())
    }

    fn state(kind: StateKind) -> State {
        State::new(kind, "").with("n_map_states", 2)
    }

    fn without_result(kind: StateKind) -> KnownTaskRun {
        KnownTaskRun { state: state(kind), data: None }
    }

    fn kept_kinds(known: &Known) -> Vec<(TaskRunKey, StateKind)> {
        let kept = kept(&plan(), known);
        let mut kept: Vec<_> = kept.into_iter().map(|(key, (kind, _))| (key, kind)).collect();
        kept.sort_by_key(|(key, _)| *key);
        kept
    }

    const EXTRACT: TaskRunKey = TaskRunKey { task: 0, child: None };
    const TRANSFORM: TaskRunKey = TaskRunKey { task: 1, child: None };
    const FIRST: TaskRunKey = TaskRunKey { task: 1, child: Some(0) };
    const SECOND: TaskRunKey = TaskRunKey { task: 1, child: Some(1) };
    const LOAD: TaskRunKey = TaskRunKey { task: 2, child: None };

    #[test]
    fn nothing_runs_again_once_everything_has_ended() {
        let all =
            [(EXTRACT, Success), (TRANSFORM, Mapped), (FIRST, Success), (SECOND, Success), (LOAD, Success)];
        assert_eq!(kept_of(&all), all);
    }

    #[test]
    fn what_ended_without_a_result_or_is_not_needed_stands() {
        let load_failed =
            [(EXTRACT, Success), (TRANSFORM, Mapped), (FIRST, Failed), (SECOND, Success), (LOAD, Failed)];
        assert_eq!(kept_of(&load_failed), load_failed);
    }

    #[test]
    fn results_that_are_still_needed_are_made_again() {
        let load_unfinished =
            [(EXTRACT, Success), (TRANSFORM, Mapped), (FIRST, Success), (SECOND, Failed), (LOAD, Running)];
        assert_eq!(kept_of(&load_unfinished), [(SECOND, Failed)]);
        assert_eq!(kept_of(&[(EXTRACT, Success)]), []);
    }

    #[test]
    fn a_result_that_was_kept_is_not_made_again() {
        let success = without_result(Success);
        let with_result = KnownTaskRun { data: Some(Data::nothing()), ..success.clone() };
        assert_eq!(kept_kinds(&Known::from([(EXTRACT, with_result)])), [(EXTRACT, Success)]);
        assert_eq!(kept_kinds(&Known::from([(EXTRACT, success)])), []);
    }

    #[test]
    fn nothing_is_made_again_for_a_task_that_waits_for_somebody() {
        let until_load = [(EXTRACT, Success), (TRANSFORM, Mapped), (FIRST, Success), (SECOND, Success)];
        assert_eq!(kept_of(&[&until_load[..], &[(LOAD, Paused)]].concat()), until_load);
        assert_eq!(kept_of(&[(EXTRACT, Success), (TRANSFORM, Paused)]), [(EXTRACT, Success)]);
        assert_eq!(kept_of(&[&until_load[..], &[(LOAD, Resume)]].concat()), []);
    }
}
