//! Relaunch: which task runs stand as an earlier launch of the same run left them. Pure.
//!
//! Results live in the process's memory and are gone with it. So a task run that ended is not run again unless
//! a task that has yet to run takes its result.

use castra_core::state::StateKind;

use super::plan::{Ended, Plan, TaskRunKey};

/// A task run of an earlier launch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KnownEnd {
    pub(crate) kind: StateKind,
    /// How many children it has, if it is Mapped.
    pub(crate) children: usize,
}

/// What an earlier launch left behind.
pub(crate) type KnownEnds = std::collections::HashMap<TaskRunKey, KnownEnd>;

/// Which of the `known` ends stand.
pub(crate) fn kept(plan: &Plan, known: &KnownEnds) -> Ended {
    let mut kept = Ended::new();
    let mut runs_again = vec![true; plan.tasks.len()];
    // Downstream comes after upstream, so whether a result is needed is known when its task is looked at.
    for task in (0..plan.tasks.len()).rev() {
        let needed = plan.edges_out_of(task).any(|edge| edge.part.is_some() && runs_again[edge.downstream]);
        let stands = |end: &KnownEnd| {
            let has_result = matches!(end.kind, StateKind::Success | StateKind::Cached);
            end.kind.is_finished() && !(needed && has_result)
        };
        let parent = TaskRunKey::of(task);
        match known.get(&parent) {
            Some(KnownEnd { kind: StateKind::Mapped, children }) => {
                let standing: Vec<_> = (0..*children)
                    .map(|index| TaskRunKey::child(task, index))
                    .filter_map(|key| known.get(&key).filter(|end| stands(end)).map(|end| (key, end.kind)))
                    .collect();
                if standing.len() == *children {
                    kept.insert(parent, StateKind::Mapped);
                    runs_again[task] = false;
                }
                kept.extend(standing);
            }
            Some(end) if stands(end) => {
                kept.insert(parent, end.kind);
                runs_again[task] = false;
            }
            _ => {}
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::super::plan::{Edge, PlannedTask};
    use super::*;
    use crate::flow::Part;
    use StateKind::{Failed, Mapped, Running, Success};

    /// extract → transform → load, the middle one mapped.
    fn plan() -> Plan {
        let mut plan = Plan { tasks: vec![PlannedTask::default(); 3], edges: Vec::new() };
        plan.tasks[1].mapped = true;
        plan.connect(Edge { upstream: 0, downstream: 1, part: Some(Part::Each) });
        plan.connect(Edge { upstream: 1, downstream: 2, part: Some(Part::Whole) });
        plan
    }

    fn kept_of(known: &[(TaskRunKey, StateKind)]) -> Vec<(TaskRunKey, StateKind)> {
        let end = |kind| KnownEnd { kind, children: if kind == Mapped { 2 } else { 0 } };
        let mut kept: Vec<_> = kept(&plan(), &known.iter().map(|(key, kind)| (*key, end(*kind))).collect())
            .into_iter()
            .collect();
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
}
