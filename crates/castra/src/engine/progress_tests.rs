//! Random graphs with random ends: whatever happens, every task run ends exactly once, and none begins too early.

use std::collections::{HashMap, VecDeque};

use castra_core::state::StateKind;
use proptest::prelude::*;
use serde_json::json;

use super::plan::{Edge, Ended, Plan, PlannedTask, TaskRunKey};
use super::progress::{Progress, Step};
use crate::data::Data;
use crate::flow::Part;
use crate::trigger::Trigger;

/// An edge from one of the tasks before, chosen by `upstream`.
type RandomEdge = (prop::sample::Index, Option<Part>);

fn parts() -> impl Strategy<Value = Option<Part>> {
    prop_oneof![
        Just(None),
        Just(Some(Part::Whole)),
        Just(Some(Part::Each)),
        Just(Some(Part::Each)),
        Just(Some(Part::EachFlattened)),
    ]
}

fn triggers() -> impl Strategy<Value = Trigger> {
    use Trigger::{AllFailed, AllFinished, AllSuccessful, AnyFailed, AnySuccessful, NotAllSkipped};
    prop::sample::select(vec![
        AllSuccessful,
        AllSuccessful,
        AllFinished,
        AllFailed,
        AnyFailed,
        AnySuccessful,
        NotAllSkipped,
    ])
}

prop_compose! {
    fn plans()(tasks in prop::collection::vec(
        (triggers(), any::<bool>(), prop::collection::vec((any::<prop::sample::Index>(), parts()), 0..4)),
        1..12,
    )) -> Plan {
        let mut plan = Plan::default();
        for (position, (trigger, skip_on_upstream_skip, edges)) in tasks.into_iter().enumerate() {
            let edges: Vec<RandomEdge> = if position == 0 { Vec::new() } else { edges };
            let mapped = |(_, part): &RandomEdge| matches!(part, Some(Part::Each | Part::EachFlattened));
            let mapped = edges.iter().any(mapped);
            plan.tasks.push(PlannedTask { trigger, skip_on_upstream_skip, mapped, ..PlannedTask::default() });
            for (upstream, part) in edges {
                plan.connect(Edge { upstream: upstream.index(position), downstream: position, part });
            }
        }
        plan.default_reference_tasks();
        plan
    }
}

/// How a task run ends that is run: its kind, and a list of lists as its result.
fn ends() -> impl Strategy<Value = (StateKind, usize)> {
    let kinds = vec![
        StateKind::Success,
        StateKind::Success,
        StateKind::Success,
        StateKind::Failed,
        StateKind::Skipped,
    ];
    (prop::sample::select(kinds), 0..4usize)
}

/// A run of a plan, and everything that was seen of it.
struct Simulation {
    plan: Plan,
    progress: Progress,
    ready: Vec<TaskRunKey>,
    ended: HashMap<TaskRunKey, StateKind>,
}

impl Simulation {
    fn run(plan: Plan, order: &[prop::sample::Index], ends: &[(StateKind, usize)]) -> Self {
        let mut progress = Progress::new(plan.clone(), Ended::new());
        let first = progress.begin();
        let mut simulation = Simulation { plan, progress, ready: Vec::new(), ended: HashMap::new() };
        simulation.follow(first);
        let mut choices = order.iter().zip(ends).cycle();
        while !simulation.ready.is_empty() {
            let (choice, &(kind, items)) = choices.next().unwrap();
            let key = simulation.ready.swap_remove(choice.index(simulation.ready.len()));
            simulation.end(key, kind);
            let data = if kind == StateKind::Success { json!(vec![[1, 2]; items]) } else { json!(null) };
            let steps = simulation.progress.ended(key, kind, Data::new(data));
            simulation.follow(steps);
        }
        simulation
    }

    fn follow(&mut self, steps: Vec<Step>) {
        let mut steps = VecDeque::from(steps);
        while let Some(step) = steps.pop_front() {
            match step {
                Step::Begin(key) => {
                    self.check_upstream(key);
                    self.ready.push(key);
                }
                Step::End(key, state) => {
                    self.end(key, state.kind());
                    steps.extend(self.progress.ended(key, state.kind(), Data::nothing()));
                }
                Step::Expanded(key, state) => self.end(key, state.kind()),
            }
        }
    }

    fn end(&mut self, key: TaskRunKey, kind: StateKind) {
        assert!(kind.is_finished());
        assert_eq!(self.ended.insert(key, kind), None, "{key:?} ended twice");
    }

    /// Everything that the task run waits for has ended.
    fn check_upstream(&self, key: TaskRunKey) {
        for edge in self.plan.edges_into(key.task) {
            let of_upstream = |other: &&TaskRunKey| other.task == edge.upstream;
            assert!(self.ended.contains_key(&TaskRunKey::of(edge.upstream)), "{key:?} began too early");
            let follows_child = self.plan.is_child_to_child(edge) && key.child.is_some();
            let unfinished = self.progress.unfinished();
            let early =
                unfinished.iter().filter(of_upstream).any(|other| !follows_child || other.child == key.child);
            assert!(!early, "{key:?} began before its upstream ended");
        }
    }
}

proptest! {
    #[test]
    fn every_task_run_ends_once_and_none_begins_before_its_upstream_has_ended(
        plan in plans(),
        order in prop::collection::vec(any::<prop::sample::Index>(), 1..20),
        ends in prop::collection::vec(ends(), 1..20),
    ) {
        let simulation = Simulation::run(plan, &order, &ends);
        prop_assert!(simulation.progress.is_over());
        prop_assert_eq!(simulation.progress.unfinished(), Vec::new());
        prop_assert!(simulation.progress.final_state().kind().is_finished());
        for task in 0..simulation.plan.tasks.len() {
            let kind = simulation.ended.get(&TaskRunKey::of(task));
            prop_assert!(kind.is_some_and(|kind| kind.is_finished()), "task {} has no end", task);
        }
    }

    #[test]
    fn a_run_that_ended_has_nothing_to_do_when_it_is_launched_again(
        plan in plans(),
        order in prop::collection::vec(any::<prop::sample::Index>(), 1..20),
        ends in prop::collection::vec(ends(), 1..20),
    ) {
        let ended = Simulation::run(plan.clone(), &order, &ends).ended;
        let ended = ended.into_iter().map(|(key, kind)| (key, (kind, Data::nothing())));
        let mut again = Progress::new(plan, ended.collect());
        prop_assert!(again.begin().is_empty());
        prop_assert!(again.is_over());
    }
}
