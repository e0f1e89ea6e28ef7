//! Progress: which task runs may begin, which end without running, and how the whole run ends — decided from the plan and
//! the ends so far. Pure: running tasks, waiting and reporting are left to the [`driver`](super::driver).
//!
//! Every task counts the edges it waits for, and every child of a mapped task too, so an end costs what it sets in
//! motion and nothing is searched. A mapped task waits with its expansion only until the tasks it maps over have expanded:
//! its children then follow the children of the same index, each at its own pace.

use std::collections::VecDeque;

use castra_core::state::{State, StateKind};

use super::plan::{Edge, Ended, Plan, TaskRunKey};
use crate::data::Data;
use crate::flow::Part;
use crate::function::Upstream;
use crate::trigger::Ends;

/// What follows from an end.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// The task run may begin.
    Begin(TaskRunKey),
    /// It ends without running, once [`Progress::ended`] is told so.
    End(TaskRunKey, State),
    /// It was expanded into children.
    Expanded(TaskRunKey, State),
}

/// How far a run has come.
#[derive(Debug)]
pub(crate) struct Progress {
    plan: Plan,
    tasks: Vec<TaskProgress>,
    /// Task runs that ended in an earlier launch and are not run again.
    kept: Ended,
    /// Task runs whose upstream has ended, still to be decided.
    due: VecDeque<TaskRunKey>,
    steps: Vec<Step>,
    unfinished: usize,
}

#[derive(Debug)]
struct TaskProgress {
    /// Edges into it that still hold it back.
    waits: usize,
    /// Its end; Mapped as soon as it is expanded.
    end: Option<StateKind>,
    /// What it gives to the tasks after it, once it and its children have ended.
    data: Data,
    /// How it, or its children, ended.
    ends: Ends,
    /// The children of a mapped task, once it is expanded.
    children: Option<Vec<Child>>,
    /// What a mapped task is mapped over.
    items: Vec<Items>,
}

/// What an edge gives to the children of a mapped task, one by one.
#[derive(Debug)]
struct Items {
    upstream: usize,
    part: Part,
    data: Data,
    /// If they are the flattened results of a mapped task, the child that each of them comes from.
    from_children: Vec<usize>,
}

#[derive(Clone, Debug)]
struct Child {
    waits: usize,
    end: Option<StateKind>,
    data: Data,
}

impl Progress {
    /// A run at its beginning; `kept` are task runs that ended in an earlier launch and are not run again.
    pub(crate) fn new(plan: Plan, kept: Ended) -> Self {
        let tasks: Vec<_> = plan.tasks.iter().map(|task| TaskProgress::new(task.incoming.len())).collect();
        let roots = (0..tasks.len()).filter(|&task| tasks[task].waits == 0);
        let due = roots.map(TaskRunKey::of).collect();
        Progress { unfinished: tasks.len(), plan, tasks, kept, due, steps: Vec::new() }
    }

    /// What can begin at once.
    pub(crate) fn begin(&mut self) -> Vec<Step> {
        self.settle()
    }

    /// Takes note of an end and says what follows from it.
    pub(crate) fn ended(&mut self, key: TaskRunKey, kind: StateKind, data: Data) -> Vec<Step> {
        self.end(key, kind, data);
        self.settle()
    }

    /// Whether everything has ended.
    pub(crate) fn is_over(&self) -> bool {
        self.unfinished == 0
    }

    /// The task runs that exist and have not ended, in order; parents of children are not among them.
    pub(crate) fn unfinished(&self) -> Vec<TaskRunKey> {
        let of_task = |(position, task): (usize, &TaskProgress)| match &task.children {
            Some(children) => children
                .iter()
                .enumerate()
                .filter(|(_, child)| child.end.is_none())
                .map(|(index, _)| TaskRunKey::child(position, index))
                .collect(),
            None if task.end.is_none() => vec![TaskRunKey::of(position)],
            None => Vec::new(),
        };
        self.tasks.iter().enumerate().flat_map(of_task).collect()
    }

    /// What an edge gives to a task run that is to begin.
    pub(crate) fn input(&self, key: TaskRunKey, upstream: usize, part: Part) -> Data {
        let source = &self.tasks[upstream];
        let item = match (part, key.child) {
            // What is no list has nothing to be flattened.
            (Part::Flattened, _) => Some(source.data.flattened().unwrap_or_else(|| source.data.clone())),
            (Part::Whole, _) | (_, None) => return source.data.clone(),
            (Part::Each, Some(index)) if source.children.is_some() => source
                .children
                .as_ref()
                .and_then(|children| children.get(index))
                .map(|child| child.data.clone()),
            (part, Some(index)) => {
                self.tasks[key.task].items_of(upstream, part).and_then(|items| items.data.item(index))
            }
        };
        item.unwrap_or_else(Data::nothing)
    }

    /// How everything that a task run waited for has ended, in the order of its edges.
    pub(crate) fn upstream(&self, key: TaskRunKey) -> Vec<Upstream> {
        let of_edge = |edge: Edge| {
            let source = &self.tasks[edge.upstream];
            match self.child_before(key, edge) {
                Some(child) => Upstream {
                    kind: child.end.unwrap_or(StateKind::Pending),
                    children: Vec::new(),
                    data: child.data.clone(),
                },
                None => Upstream {
                    kind: source.end.unwrap_or(StateKind::Pending),
                    children: source.children.iter().flatten().filter_map(|child| child.end).collect(),
                    data: source.data.clone(),
                },
            }
        };
        self.plan.edges_into(key.task).map(of_edge).collect()
    }

    /// The result of a task, once it has ended; of a mapped one, what its children gave so far.
    pub(crate) fn data(&self, task: usize) -> Data {
        let TaskProgress { data, children, .. } = &self.tasks[task];
        match children {
            Some(children) if children.iter().any(|child| child.end.is_none()) => results_of(children),
            _ => data.clone(),
        }
    }

    /// How the run ends, given how its reference tasks ended.
    pub(crate) fn final_state(&self) -> State {
        let mut ends = Ends::default();
        let reference = self.plan.tasks.iter().zip(&self.tasks).filter(|(planned, _)| planned.reference);
        reference.for_each(|(_, task)| ends += task.ends);
        match ends {
            Ends { all, failed: 1.., .. } => State::new(
                StateKind::Failed,
                format!("{} of {all} runs of the reference tasks failed.", ends.failed),
            ),
            Ends { all, successful, .. } if successful == all => {
                State::new(StateKind::Success, "The reference tasks succeeded.")
            }
            _ => State::new(StateKind::Success, "No reference task failed."),
        }
    }

    fn settle(&mut self) -> Vec<Step> {
        while let Some(key) = self.due.pop_front() {
            self.decide(key);
        }
        std::mem::take(&mut self.steps)
    }

    /// Decides about a task run whose upstream has ended.
    fn decide(&mut self, key: TaskRunKey) {
        let planned = &self.plan.tasks[key.task];
        if let Some((kind, data)) = self.kept.get(&key).cloned() {
            self.keep(key, kind, data);
        } else if planned.mapped && key.child.is_none() {
            match self.expansion(key.task) {
                Ok(count) => self.expand(key.task, count),
                Err(state) => self.steps.push(Step::End(key, state)),
            }
        } else {
            let ends = self.upstream_ends(key);
            let skipped = planned.skip_on_upstream_skip && ends.skipped > 0;
            match if skipped { Err(skipped_upstream()) } else { planned.trigger.check(ends) } {
                Ok(()) => self.steps.push(Step::Begin(key)),
                Err(state) => self.steps.push(Step::End(key, state)),
            }
        }
    }

    /// Lets a task run that ended in an earlier launch stand as it is.
    fn keep(&mut self, key: TaskRunKey, kind: StateKind, data: Data) {
        let of_task = |kept: &&TaskRunKey| kept.task == key.task && kept.child.is_some();
        match kind {
            StateKind::Mapped => {
                let count = self.kept.keys().filter(of_task).count();
                self.expand_silently(key.task, count);
            }
            kind => self.end(key, kind, data),
        }
    }

    /// How everything that a task run waited for has ended.
    fn upstream_ends(&self, key: TaskRunKey) -> Ends {
        let mut ends = Ends::default();
        for edge in self.plan.edges_into(key.task) {
            match self.child_before(key, edge) {
                Some(child) => child.end.into_iter().for_each(|kind| ends.add(kind)),
                None => ends += self.tasks[edge.upstream].ends,
            }
        }
        ends
    }

    /// The one child of a mapped task that a child of another task has to do with: that of its index, or the one that its item
    /// comes from.
    fn child_before(&self, key: TaskRunKey, edge: Edge) -> Option<&Child> {
        let (index, children) = (key.child?, self.tasks[edge.upstream].children.as_ref()?);
        if self.plan.is_child_to_child(edge) {
            return children.get(index);
        }
        let items = self.tasks[key.task].items_of(edge.upstream, edge.part?)?;
        children.get(*items.from_children.get(index)?)
    }

    /// How many children a mapped task has, or how it ends without any
    /// (prefect 1.4.1 `TaskRunner.check_task_ready_to_map`).
    fn expansion(&mut self, task: usize) -> Result<usize, State> {
        let edges: Vec<Edge> = self.plan.edges_into(task).collect();
        let skips = |edge: &Edge| {
            // Whether children are skipped, their followers decide one by one.
            let upstream = &self.tasks[edge.upstream];
            let decided_by_children = upstream.children.is_some() && edge.part.is_some_and(Part::is_mapped);
            !decided_by_children && upstream.ends.skipped > 0
        };
        if self.plan.tasks[task].skip_on_upstream_skip && edges.iter().any(skips) {
            return Err(skipped_upstream());
        }
        let mut shortest = None;
        for edge in edges {
            if let Some(count) = self.items(edge)? {
                shortest = Some(shortest.map_or(count, |shortest: usize| shortest.min(count)));
            }
        }
        Ok(shortest.unwrap_or(0))
    }

    /// How many items an edge gives to a mapped task; `None` if it is not mapped over.
    fn items(&mut self, edge: Edge) -> Result<Option<usize>, State> {
        let upstream = &self.tasks[edge.upstream];
        let failed =
            |why: &str| Err(State::new(StateKind::Failed, format!("There is nothing to map over: {why}.")));
        let count = match (edge.part, &upstream.children) {
            (None | Some(Part::Whole | Part::Flattened), _) => return Ok(None),
            (Some(Part::Each), Some(children)) => Some(children.len()),
            (Some(part @ Part::EachFlattened), Some(children)) => {
                let (data, from_children) = flattened_children(children);
                let count = from_children.len();
                let items = Items { upstream: edge.upstream, part, data, from_children };
                self.tasks[edge.downstream].items.push(items);
                Some(count)
            }
            _ if upstream.ends.successful < upstream.ends.all => {
                return failed("an upstream task did not succeed");
            }
            (Some(part), _) => {
                let items = match part {
                    Part::EachFlattened => upstream.data.flattened(),
                    _ => upstream.data.taken_apart(),
                };
                let count = items.as_ref().and_then(Data::len);
                let (upstream, from_children) = (edge.upstream, Vec::new());
                let items = items.map(|data| Items { upstream, part, data, from_children });
                self.tasks[edge.downstream].items.extend(items);
                count
            }
        };
        count.map(Some).map_or_else(|| failed("the result of an upstream task is no list"), Ok)
    }

    /// Gives a mapped task its children.
    fn expand(&mut self, task: usize, count: usize) {
        let message = format!("Mapped over {count} items.");
        let state = State::new(StateKind::Mapped, message).with("n_map_states", count);
        self.steps.push(Step::Expanded(TaskRunKey::of(task), state));
        self.expand_silently(task, count);
    }

    fn expand_silently(&mut self, task: usize, count: usize) {
        let edges: Vec<Edge> =
            self.plan.edges_into(task).filter(|edge| self.plan.is_child_to_child(*edge)).collect();
        let unfinished = |edge: &&Edge, index: usize| {
            let children = self.tasks[edge.upstream].children.as_ref();
            children.and_then(|children| children.get(index)).is_some_and(|child| child.end.is_none())
        };
        let waits = |index| edges.iter().filter(|edge| unfinished(edge, index)).count();
        let children: Vec<Child> =
            (0..count).map(|index| Child { waits: waits(index), end: None, data: Data::nothing() }).collect();
        let free = children.iter().enumerate().filter(|(_, child)| child.waits == 0);
        self.due.extend(free.map(|(index, _)| TaskRunKey::child(task, index)));

        self.tasks[task].end = Some(StateKind::Mapped);
        self.tasks[task].children = Some(children);
        self.release(task, |plan, edge| plan.is_child_to_child(edge));
        if count == 0 {
            self.complete(task);
        }
    }

    fn end(&mut self, key: TaskRunKey, kind: StateKind, data: Data) {
        match key.child {
            Some(index) => self.end_child(key.task, index, kind, data),
            None => {
                let task = &mut self.tasks[key.task];
                (task.end, task.data, task.ends) = (Some(kind), data, Ends::from_iter([kind]));
                self.unfinished -= 1;
                self.release(key.task, |_, _| true);
            }
        }
    }

    fn end_child(&mut self, task: usize, index: usize, kind: StateKind, data: Data) {
        let Some(children) = &mut self.tasks[task].children else { return };
        let count = children.len();
        let Some(child) = children.get_mut(index) else { return };
        (child.end, child.data) = (Some(kind), data);
        self.tasks[task].ends.add(kind);
        let followers: Vec<usize> = self
            .plan
            .edges_out_of(task)
            .filter(|edge| self.plan.is_child_to_child(*edge))
            .map(|edge| edge.downstream)
            .collect();
        for follower in followers {
            let children = self.tasks[follower].children.as_mut();
            let Some(child) = children.and_then(|children| children.get_mut(index)) else { continue };
            child.waits -= 1;
            if child.waits == 0 {
                self.due.push_back(TaskRunKey::child(follower, index));
            }
        }
        if self.tasks[task].ends.all == count {
            self.complete(task);
        }
    }

    /// All children of a mapped task have ended: the tasks that wait for the whole of it go on.
    fn complete(&mut self, task: usize) {
        let children = self.tasks[task].children.as_deref().unwrap_or_default();
        self.tasks[task].data = results_of(children);
        self.unfinished -= 1;
        self.release(task, |plan, edge| !plan.is_child_to_child(edge));
    }

    /// Stops edges out of a task from holding back the tasks after it.
    fn release(&mut self, task: usize, which: impl Fn(&Plan, Edge) -> bool) {
        for edge in self.plan.edges_out_of(task).filter(|edge| which(&self.plan, *edge)) {
            let downstream = &mut self.tasks[edge.downstream];
            downstream.waits -= 1;
            if downstream.waits == 0 {
                self.due.push_back(TaskRunKey::of(edge.downstream));
            }
        }
    }
}

impl TaskProgress {
    fn new(waits: usize) -> Self {
        TaskProgress {
            waits,
            end: None,
            data: Data::nothing(),
            ends: Ends::default(),
            children: None,
            items: Vec::new(),
        }
    }

    /// What the edge from this task with this part gives to its children.
    fn items_of(&self, upstream: usize, part: Part) -> Option<&Items> {
        self.items.iter().find(|items| (items.upstream, items.part) == (upstream, part))
    }
}

/// The items of the children's results, and the child that each comes from. One that did not succeed counts as one item, so
/// that what follows from it follows from it alone (prefect 1.4.1 `flatten_mapped_children`).
fn flattened_children(children: &[Child]) -> (Data, Vec<usize>) {
    let (mut all, mut from_children) = (Vec::new(), Vec::new());
    for (index, child) in children.iter().enumerate() {
        let one = Data::List([child.data.clone()].into());
        let has_result = matches!(child.end, Some(StateKind::Success | StateKind::Cached));
        let items = if has_result { one.flattened().unwrap_or(one) } else { one };
        let items: Vec<Data> = (0..items.len().unwrap_or(0)).filter_map(|index| items.item(index)).collect();
        from_children.extend(std::iter::repeat_n(index, items.len()));
        all.extend(items);
    }
    (Data::List(all.into()), from_children)
}

fn results_of(children: &[Child]) -> Data {
    Data::List(children.iter().map(|child| child.data.clone()).collect())
}

fn skipped_upstream() -> State {
    State::new(
        StateKind::Skipped,
        "An upstream task was skipped, and this task with it, as it does not say otherwise.",
    )
}
