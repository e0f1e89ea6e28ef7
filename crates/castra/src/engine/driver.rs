//! The driver: runs what [`progress`](super::progress) says may begin, waits for attempts and retries, and tells an
//! observer of every state. It never searches and never polls: whatever happens next wakes it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use castra_core::run_report::TimedState;
use castra_core::state::{State, StateKind};
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use jiff::Timestamp;
use tokio::runtime::Handle;
use tokio::task::{JoinError, JoinSet};
use uuid::Uuid;

use super::attempt::attempt;
use super::plan::{Plan, TaskRunKey};
use super::progress::{Progress, Step};
use super::relaunch::{self, Known};
use super::waiting::Waiting;
use crate::context::{Context, FlowRunContext};
use crate::data::Data;
use crate::flow::{Entering, Flow, Input, TaskDefinition, Work};
use crate::function::{Call, Rounds};
use crate::outcome::{Outcome, Retries, Retry, Verdict};
use crate::result::{FlowResult, TaskRunResult};
use crate::stopwatch::Stopwatch;
use crate::trigger::Trigger;

/// Who is told how the task runs fare.
pub(crate) trait Observer {
    /// A task run has entered a state.
    fn moved(&self, task_run: &TaskRun<'_>, state: &TimedState);

    /// Returns once there is room for more to be told: new attempts wait for it.
    fn room(&self) -> impl Future<Output = ()>;
}

/// A task run, as an observer sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TaskRun<'a> {
    pub(crate) id: Uuid,
    pub(crate) slug: &'a str,
    pub(crate) map_index: i64,
}

/// What a run is given besides its flow.
pub(crate) struct Launch {
    pub(crate) flow_run: Arc<FlowRunContext>,
    /// Task runs of an earlier launch.
    pub(crate) known: Known,
    /// For how long the run waits while nothing is left but to wait for paused task runs; without end if it is `None`.
    pub(crate) patience: Option<Duration>,
    /// Where attempts run.
    pub(crate) tasks_on: Handle,
}

/// Runs a flow to its end, or until nothing is left but task runs that wait for somebody, or until `stop` says why it is
/// to be cancelled.
pub(crate) async fn run(
    flow: &Flow,
    launch: Launch,
    observer: &impl Observer,
    stop: impl Future<Output = String>,
) -> FlowResult {
    let mut stop = std::pin::pin!(stop);
    let mut driver = Driver::new(flow, launch, observer);
    let first = driver.progress.begin();
    driver.follow(first);
    while !driver.progress.is_over() && !driver.is_at_rest() {
        let may_start = !driver.ready.is_empty() && driver.attempts.len() < flow.concurrency;
        tokio::select! {
            biased;
            reason = &mut stop => return driver.cancel(&reason),
            () = observer.room(), if may_start => driver.start_next(),
            Some(ended) = driver.attempts.join_next() => driver.attempt_ended(ended),
            Some(retry) = driver.delays.next() => driver.ready.push_back(retry),
        }
    }
    driver.finish()
}

/// Which attempt of a task run.
#[derive(Clone, Debug)]
struct Try {
    key: TaskRunKey,
    /// Counted from 1.
    attempt: u32,
    rounds: Rounds,
    /// Whether it was paused before.
    resumed: bool,
}

impl Try {
    fn first(key: TaskRunKey) -> Self {
        Try { key, attempt: 1, rounds: Rounds::first(), resumed: false }
    }
}

struct Driver<'a, O> {
    flow: &'a Flow,
    launch: Launch,
    observer: &'a O,
    progress: Progress,
    /// Attempts that may begin.
    ready: VecDeque<Try>,
    /// Attempts under way.
    attempts: JoinSet<(Try, Outcome)>,
    /// Attempts that wait for their start time.
    delays: FuturesUnordered<Pin<Box<dyn Future<Output = Try> + Send>>>,
    states: BTreeMap<TaskRunKey, Vec<TimedState>>,
}

impl<'a, O: Observer> Driver<'a, O> {
    fn new(flow: &'a Flow, launch: Launch, observer: &'a O) -> Self {
        let plan = Plan::new(flow);
        let kept = relaunch::kept(&plan, &launch.known);
        let of_known = |key: &TaskRunKey| Some((*key, launch.known.get(key)?.state.clone()));
        let timed = |state| TimedState { timestamp: Timestamp::now(), state };
        let waiting = launch.known.keys().filter(|key| !kept.contains_key(key));
        let states = kept.keys().chain(waiting).filter_map(of_known);
        let states = states.map(|(key, state)| (key, vec![timed(state)])).collect();
        let progress = Progress::new(plan, kept);
        Driver {
            flow,
            launch,
            observer,
            progress,
            ready: VecDeque::new(),
            attempts: JoinSet::new(),
            delays: FuturesUnordered::new(),
            states,
        }
    }

    fn task(&self, key: TaskRunKey) -> &'a TaskDefinition {
        &self.flow.tasks[key.task]
    }

    fn task_run_id(&self, key: TaskRunKey) -> Uuid {
        task_run_id(self.launch.flow_run.id, &self.task(key).slug, key.map_index())
    }

    /// Records a state, or the one that the task's handler names in its place.
    fn enter(&mut self, key: TaskRunKey, state: State, data: Data) -> (StateKind, Data) {
        let handled = self.task(key).handler.as_ref().and_then(|handler| {
            let pending = State::new(StateKind::Pending, "");
            let old = self.last_state(key).unwrap_or(&pending);
            (handler.0)(&Entering { map_index: key.child, old, new: &state, data: &data })
        });
        let (state, data) = handled.unwrap_or((state, data));
        let kind = state.kind();
        self.record(key, state);
        (kind, data)
    }

    /// Lets a task run end in this state, unless its handler names another; what follows from it.
    fn end(&mut self, key: TaskRunKey, state: State, data: Data) -> Vec<Step> {
        let (kind, data) = self.enter(key, state, data);
        self.progress.ended(key, kind, data)
    }

    fn record(&mut self, key: TaskRunKey, state: State) {
        let state = TimedState { timestamp: Timestamp::now(), state };
        let task_run =
            TaskRun { id: self.task_run_id(key), slug: &self.task(key).slug, map_index: key.map_index() };
        self.observer.moved(&task_run, &state);
        self.states.entry(key).or_default().push(state);
    }

    /// Does what follows from an end, and what follows from that.
    fn follow(&mut self, steps: Vec<Step>) {
        let mut steps = VecDeque::from(steps);
        while let Some(step) = steps.pop_front() {
            match step {
                Step::End(key, state) => steps.extend(self.end(key, state, Data::nothing())),
                Step::Expanded(key, state) => {
                    self.enter(key, state, Data::nothing());
                }
                Step::Begin(key) => steps.extend(self.begin(key)),
            }
        }
    }

    /// Lets a task run begin that waits for nothing before it; what follows if it ends at once.
    fn begin(&mut self, key: TaskRunKey) -> Vec<Step> {
        if let Some(data) = self.at_hand(key) {
            return self.end(key, State::new(StateKind::Success, "It succeeded."), data);
        }
        let known = self.launch.known.get(&key).map(|known| &known.state);
        // What ended well and is run once more for its result has had its say from somebody, if it asked for it.
        let resumed = known.is_some_and(|state| state.kind().is_successful());
        let first = Try { resumed, ..Try::first(key) };
        match known.and_then(Waiting::of) {
            Some(waiting) => self.wait(waiting, first),
            None if self.task(key).trigger == Trigger::ManualOnly && !resumed => {
                let message = "It waits for somebody to say that it may run.";
                return self.pause(first, State::new(StateKind::Paused, message));
            }
            None => self.ready.push_back(first),
        }
        Vec::new()
    }

    /// Lets a task run wait in a Paused state, unless its handler names another; what follows from that.
    fn pause(&mut self, next: Try, state: State) -> Vec<Step> {
        self.enter_instead_of_running(&next, state).unwrap_or_else(|| {
            self.ready.push_back(next);
            Vec::new()
        })
    }

    /// Lets a task run enter a state in which it does not run, but waits or has ended: what follows. `None` if it may run.
    fn enter_instead_of_running(&mut self, next: &Try, state: State) -> Option<Vec<Step>> {
        let (kind, data) = self.enter(next.key, state, Data::nothing());
        if kind.is_finished() {
            return Some(self.progress.ended(next.key, kind, data));
        }
        let waiting = self.last_state(next.key).and_then(Waiting::of)?;
        self.wait(waiting, next.clone());
        Some(Vec::new())
    }

    /// Makes the next attempt when its time has come, if that is worth waiting for.
    fn wait(&mut self, waiting: Waiting, next: Try) {
        if let Some(delay) = waiting.delay(Timestamp::now(), self.launch.patience) {
            self.try_later(delay, Try { resumed: waiting.is_paused, ..next });
        }
    }

    fn try_later(&mut self, delay: Duration, next: Try) {
        self.delays.push(Box::pin(async move {
            tokio::time::sleep(delay).await;
            next
        }));
    }

    fn last_state(&self, key: TaskRunKey) -> Option<&State> {
        self.states.get(&key).and_then(|states| states.last()).map(|last| &last.state)
    }

    /// Whether nothing more happens by itself.
    fn is_at_rest(&self) -> bool {
        self.ready.is_empty() && self.attempts.is_empty() && self.delays.is_empty()
    }

    /// The result of a task that has nothing to run.
    fn at_hand(&self, key: TaskRunKey) -> Option<Data> {
        let task = self.task(key);
        match &task.work {
            Work::Parameter => {
                let value = self.launch.flow_run.parameters.get(&task.name);
                Some(value.cloned().map_or_else(Data::nothing, Data::new))
            }
            Work::List => Some(Data::List(self.inputs(key).into())),
            Work::Function(_) => None,
        }
    }

    fn inputs(&self, key: TaskRunKey) -> Vec<Data> {
        let input = |input: &Input| match input {
            Input::Constant(data) => data.clone(),
            Input::Result { task, part } => self.progress.input(key, *task, *part),
        };
        self.task(key).inputs.iter().map(input).collect()
    }

    fn start_next(&mut self) {
        let Some(next) = self.ready.pop_front() else { return };
        let Try { key, attempt: number, .. } = next;
        let task = self.task(key);
        let Work::Function(function) = &task.work else { return };
        let context = Context {
            flow_run: Arc::clone(&self.launch.flow_run),
            task_run_id: self.task_run_id(key),
            task_name: task.name.as_str().into(),
            map_index: key.child,
            attempt: number,
            resumed: next.resumed,
        };
        let upstream = match task.trigger {
            Trigger::Own => self.progress.upstream(key),
            _ => Vec::new(),
        };
        let call = Call {
            inputs: self.inputs(key),
            upstream,
            context,
            rounds: next.rounds.clone(),
            stopwatch: Stopwatch::started(),
        };
        let work = attempt(Arc::clone(function), call, task.timeout);
        let is_first = number == 1 && next.rounds.number == 1;
        if is_first && self.last_state(key).is_some_and(|last| last.kind().is_finished()) {
            self.record(
                key,
                State::new(StateKind::Pending, "Runs again: its result is needed and was not kept."),
            );
        }
        let running = State::new(StateKind::Running, format!("Attempt {number}."));
        // A handler may hold it back.
        if let Some(steps) = self.enter_instead_of_running(&next, running) {
            return self.follow(steps);
        }
        self.attempts.spawn_on(async move { (next, work.await) }, &self.launch.tasks_on);
    }

    fn attempt_ended(&mut self, ended: Result<(Try, Outcome), JoinError>) {
        // Attempts catch their panics, and are only aborted once nobody looks at them any more.
        let Ok((tried, outcome)) = ended else { return };
        let Try { key, attempt, .. } = tried;
        let task = self.task(key);
        let retries = Retries { max_retries: task.max_retries, delay: task.retry_delay };
        match outcome.verdict(attempt, retries, Timestamp::now()) {
            Verdict::End(state, data, retry) => {
                let (kind, data) = self.enter(key, state, data);
                match retry {
                    Some(retry) if kind.is_failed() => self.retry(tried, retry),
                    _ => {
                        let steps = self.progress.ended(key, kind, data);
                        self.follow(steps);
                    }
                }
            }
            Verdict::Retry(retry) => self.retry(tried, retry),
            Verdict::Loop(state, data) => {
                let (_, result) = self.enter(key, state, data);
                let rounds = Rounds { number: tried.rounds.number + 1, result };
                self.ready.push_back(Try { attempt: 1, rounds, ..tried });
            }
            Verdict::Pause(state) => {
                let steps = self.pause(tried, state);
                self.follow(steps);
            }
        }
    }

    fn retry(&mut self, tried: Try, Retry { state, delay }: Retry) {
        self.enter(tried.key, state, Data::nothing());
        self.try_later(delay, Try { attempt: tried.attempt + 1, ..tried });
    }

    fn cancel(mut self, reason: &str) -> FlowResult {
        self.attempts.abort_all();
        for key in self.progress.unfinished() {
            self.record(key, State::new(StateKind::Cancelled, reason));
        }
        self.result(State::new(StateKind::Cancelled, reason))
    }

    fn finish(self) -> FlowResult {
        let state = match self.progress.is_over() {
            true => self.progress.final_state(),
            false => self.state_at_rest(),
        };
        self.result(state)
    }

    /// The state of a run that goes on once its paused task runs do.
    fn state_at_rest(&self) -> State {
        let is_paused = |states: &Vec<TimedState>| {
            states.last().is_some_and(|last| last.state.kind() == StateKind::Paused)
        };
        let paused = self.states.iter().filter(|(_, states)| is_paused(states));
        let paused: BTreeSet<&str> = paused.map(|(key, _)| self.task(*key).slug.as_str()).collect();
        let paused: Vec<&str> = paused.into_iter().collect();
        State::new(StateKind::Running, format!("Paused task runs hold it up: {}.", paused.join(", ")))
    }

    fn result(mut self, state: State) -> FlowResult {
        let task_runs = std::mem::take(&mut self.states);
        let task_runs = task_runs.into_iter().map(|(key, states)| TaskRunResult {
            slug: self.task(key).slug.clone(),
            map_index: key.child,
            states,
        });
        let results = self.flow.tasks.iter().enumerate();
        FlowResult {
            state,
            task_runs: task_runs.collect(),
            results: results
                .map(|(task, definition)| (definition.slug.clone(), self.progress.data(task)))
                .collect(),
        }
    }
}

/// The id of a task run: the same for every launch of the flow run.
pub(crate) fn task_run_id(flow_run_id: Uuid, slug: &str, map_index: i64) -> Uuid {
    Uuid::new_v5(&flow_run_id, format!("{slug}/{map_index}").as_bytes())
}
