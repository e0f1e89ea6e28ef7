//! The plan: a flow's graph as the engine walks it, by position instead of by name.

use castra_core::state::StateKind;

use crate::data::Data;
use crate::flow::{Flow, Input, Part};
use crate::trigger::Trigger;

/// Tasks and edges by position; a task's position is the one it has in the flow, so upstream comes before downstream.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plan {
    pub(crate) tasks: Vec<PlannedTask>,
    pub(crate) edges: Vec<Edge>,
}

/// What is decided from about a task.
#[derive(Clone, Debug, Default)]
pub(crate) struct PlannedTask {
    pub(crate) trigger: Trigger,
    pub(crate) skip_on_upstream_skip: bool,
    /// Whether it has a task run per item.
    pub(crate) mapped: bool,
    /// Whether its end counts for the end of the run.
    pub(crate) reference: bool,
    /// The edges into it.
    pub(crate) incoming: Vec<usize>,
    /// The edges out of it.
    pub(crate) outgoing: Vec<usize>,
}

/// One task waits for another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Edge {
    pub(crate) upstream: usize,
    pub(crate) downstream: usize,
    /// How much of the result it takes; `None` if it only waits.
    pub(crate) part: Option<Part>,
}

impl Plan {
    /// The plan of a flow.
    pub(crate) fn new(flow: &Flow) -> Self {
        let mut plan = Plan::default();
        for (position, task) in flow.tasks.iter().enumerate() {
            plan.tasks.push(PlannedTask {
                trigger: task.trigger,
                skip_on_upstream_skip: task.skip_on_upstream_skip,
                mapped: task.is_mapped(),
                reference: flow.reference_tasks.contains(&position),
                ..PlannedTask::default()
            });
            for input in &task.inputs {
                if let Input::Result { task, part } = *input {
                    plan.connect(Edge { upstream: task, downstream: position, part: Some(part) });
                }
            }
            for &upstream in &task.after {
                plan.connect(Edge { upstream, downstream: position, part: None });
            }
        }
        plan.default_reference_tasks();
        plan
    }

    /// Adds an edge between tasks that are there already.
    pub(crate) fn connect(&mut self, edge: Edge) {
        self.tasks[edge.upstream].outgoing.push(self.edges.len());
        self.tasks[edge.downstream].incoming.push(self.edges.len());
        self.edges.push(edge);
    }

    /// Without reference tasks, those count that no other waits for.
    pub(crate) fn default_reference_tasks(&mut self) {
        if !self.tasks.iter().any(|task| task.reference) {
            self.tasks.iter_mut().for_each(|task| task.reference = task.outgoing.is_empty());
        }
    }

    /// The edges into a task.
    pub(crate) fn edges_into(&self, task: usize) -> impl Iterator<Item = Edge> {
        self.tasks[task].incoming.iter().map(|&edge| self.edges[edge])
    }

    /// The edges out of a task.
    pub(crate) fn edges_out_of(&self, task: usize) -> impl Iterator<Item = Edge> {
        self.tasks[task].outgoing.iter().map(|&edge| self.edges[edge])
    }

    /// Whether an edge leads from each child of a mapped task to the child of the same index.
    pub(crate) fn is_child_to_child(&self, edge: Edge) -> bool {
        edge.part == Some(Part::Each) && self.tasks[edge.upstream].mapped
    }
}

/// Which run of which task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct TaskRunKey {
    /// The task's position.
    pub(crate) task: usize,
    /// Its index if it is the child of a mapped task.
    pub(crate) child: Option<usize>,
}

impl TaskRunKey {
    /// The one run of a task, or the parent of its children.
    pub(crate) fn of(task: usize) -> Self {
        TaskRunKey { task, child: None }
    }

    /// A child of a mapped task.
    pub(crate) fn child(task: usize, index: usize) -> Self {
        TaskRunKey { task, child: Some(index) }
    }

    /// The index on the wire, -1 if it is no child.
    pub(crate) fn map_index(self) -> i64 {
        self.child.map_or(-1, |index| i64::try_from(index).unwrap_or(i64::MAX))
    }
}

/// Task runs that ended in an earlier launch of the same run: how, and with which results, as far as those are needed.
pub(crate) type Ended = std::collections::HashMap<TaskRunKey, (StateKind, Data)>;
