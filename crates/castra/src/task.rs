//! Writing a task into a flow: its retries, timeout, trigger and dependencies, and the inputs that complete it.

use std::marker::PhantomData;
use std::time::Duration;

use crate::data::Data;
use crate::error::FlowError;
use crate::flow::{Flow, Input, Part, TaskDefinition, Work};
use crate::function::ErasedFunction;
use crate::output::{Argument, ArgumentKind, Inputs, MapInputs, Output, Source};
use crate::trigger::Trigger;

/// A task that is being written; [`call`](TaskBuilder::call) or [`map`](TaskBuilder::map) completes it.
#[must_use = "a task is part of the flow once `call` or `map` is called"]
pub struct TaskBuilder<'f, Arguments, T> {
    flow: &'f mut Flow,
    task: TaskDefinition,
    types: PhantomData<fn(Arguments) -> T>,
}

impl<'f, Arguments, T> TaskBuilder<'f, Arguments, T> {
    pub(crate) fn new(flow: &'f mut Flow, name: String, function: ErasedFunction) -> Self {
        let task = TaskDefinition::new(name, Work::Function(function));
        TaskBuilder { flow, task, types: PhantomData }
    }

    /// Tries again up to `max_retries` times after a failure, each time after `delay`.
    pub fn retries(mut self, max_retries: u32, delay: Duration) -> Self {
        self.task.max_retries = max_retries;
        self.task.retry_delay = delay;
        self
    }

    /// Ends an attempt as TimedOut that takes longer.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.task.timeout = Some(timeout);
        self
    }

    /// When it runs, given the ends of the tasks before it; unless set, when all of them were successful.
    pub fn trigger(mut self, trigger: Trigger) -> Self {
        self.task.trigger = trigger;
        self
    }

    /// Lets the trigger decide even if a task before it was skipped; otherwise it is skipped too.
    pub fn run_on_upstream_skip(mut self) -> Self {
        self.task.skip_on_upstream_skip = false;
        self
    }

    /// Waits for another task without taking its result.
    pub fn after<U>(mut self, upstream: Output<U>) -> Self {
        self.task.after.extend(self.flow.own(upstream.source));
        self
    }

    /// Adds a word to find it by.
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.task.tags.push(tag.into());
        self.task.tags.sort();
        self
    }

    /// Runs once with these inputs: `()`, one as it is, several as a tuple.
    pub fn call<I: Inputs<Arguments>>(self, inputs: I) -> Output<T> {
        self.complete(inputs.arguments())
    }

    /// Runs once for each item of the mapped inputs, as often as the shortest of them has items. The output is the list
    /// of the results, in the order of the items.
    pub fn map<I: MapInputs<Arguments>>(self, inputs: I) -> Output<Vec<T>> {
        let arguments = inputs.arguments();
        let mapped = |Argument(kind): &Argument| {
            matches!(kind, ArgumentKind::Each(_) | ArgumentKind::EachFlattened(_))
        };
        if !arguments.iter().any(mapped) {
            self.flow.note(FlowError::NothingMapped { task: self.task.name.clone() });
        }
        self.complete(arguments)
    }

    fn complete<O>(mut self, arguments: Vec<Argument>) -> Output<O> {
        for Argument(kind) in arguments {
            let input = match kind {
                ArgumentKind::Whole(source) => self.result(source, Part::Whole),
                ArgumentKind::Each(source) => self.result(source, Part::Each),
                ArgumentKind::EachFlattened(source) => self.result(source, Part::EachFlattened),
                ArgumentKind::Several(sources) => self.list(sources),
                ArgumentKind::Constant(Ok(value)) => Some(Input::Constant(Data::new(value))),
                ArgumentKind::Constant(Err(reason)) => {
                    self.flow.note(FlowError::BadValue { task: self.task.name.clone(), reason });
                    None
                }
            };
            self.task.inputs.extend(input);
        }
        self.flow.add(self.task)
    }

    fn result(&mut self, source: Source, part: Part) -> Option<Input> {
        Some(Input::Result { task: self.flow.own(source)?, part })
    }

    /// A task that gathers several results into one argument, as Prefect 1 adds one.
    fn list(&mut self, sources: Vec<Source>) -> Option<Input> {
        let inputs =
            sources.into_iter().map(|source| self.result(source, Part::Whole)).collect::<Option<_>>()?;
        let list: Output<()> =
            self.flow.add(TaskDefinition { inputs, ..TaskDefinition::new("List", Work::List) });
        self.result(list.source, Part::Whole)
    }
}
