//! The outbox: what the server has yet to be told, in order. Its memory is bounded: new attempts wait for room, and log
//! lines beyond the bound are dropped and counted.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use castra_core::run_report::{FlowRunReport, LogLine, TaskRunName, TaskRunReport, TimedState};
use castra_core::state::State;
use jiff::Timestamp;
use tokio::sync::Notify;
use uuid::Uuid;

use crate::engine::driver::{Observer, TaskRun};

/// As much as one report carries, in bytes; more than that is sent without waiting.
const BATCH_BYTES: usize = 256 * 1024;

/// New attempts wait while this much is unsent.
const ROOM_BYTES: usize = 4 * BATCH_BYTES;

/// Log lines are dropped while this much is unsent.
const LOG_BYTES: usize = 32 * BATCH_BYTES;

/// What an entry takes besides its texts.
const ENTRY_BYTES: usize = 160;

/// What the server has yet to be told.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    unsent: Mutex<Unsent>,
    /// Something was added.
    added: Notify,
    /// Something was taken out.
    taken: Notify,
}

#[derive(Debug, Default)]
struct Unsent {
    entries: VecDeque<Entry>,
    bytes: usize,
    dropped_logs: usize,
    /// Nothing comes any more.
    is_closed: bool,
    /// The run's end, if it has ended.
    end: Option<State>,
}

#[derive(Debug)]
enum Entry {
    Moved { task_run: Uuid, slug: String, map_index: i64, state: TimedState },
    Logged(LogLine),
    Named(TaskRunName),
}

impl Entry {
    fn bytes(&self) -> usize {
        ENTRY_BYTES
            + match self {
                Entry::Moved { state, .. } => state.state.message().len(),
                Entry::Logged(line) => line.message.len(),
                Entry::Named(named) => named.name.len(),
            }
    }
}

impl Outbox {
    /// Adds a log line, unless far too many wait already.
    pub(crate) fn log(&self, line: LogLine) {
        let mut unsent = self.lock();
        if unsent.bytes < LOG_BYTES {
            unsent.push(Entry::Logged(line))
        } else {
            unsent.dropped_logs += 1
        }
        drop(unsent);
        self.added.notify_one();
    }

    /// A task run has been given a name.
    pub(crate) fn name(&self, named: TaskRunName) {
        self.lock().push(Entry::Named(named));
        self.added.notify_one();
    }

    /// The run has ended so, or goes on in a later launch; nothing is added any more.
    pub(crate) fn close(&self, end: Option<State>) {
        let mut unsent = self.lock();
        (unsent.is_closed, unsent.end) = (true, end);
        drop(unsent);
        self.added.notify_one();
    }

    /// Returns once there is something to tell.
    pub(crate) async fn filled(&self) {
        self.until(&self.added, |unsent| !unsent.entries.is_empty() || unsent.is_closed).await;
    }

    /// Returns once there is enough for a report, or nothing more to come.
    pub(crate) async fn ripe(&self) {
        self.until(&self.added, |unsent| unsent.bytes >= BATCH_BYTES || unsent.is_closed).await;
    }

    /// Takes out what the next report carries, and whether it is the last one.
    pub(crate) fn take(&self, flow_run_id: Uuid) -> (FlowRunReport, bool) {
        let mut unsent = self.lock();
        let mut report = FlowRunReport { flow_run_id, ..FlowRunReport::default() };
        let mut positions = HashMap::new();
        let mut bytes = 0;
        while bytes < BATCH_BYTES
            && let Some(entry) = unsent.entries.pop_front()
        {
            bytes += entry.bytes();
            unsent.bytes -= entry.bytes();
            add(&mut report, &mut positions, entry);
        }
        if unsent.dropped_logs > 0 {
            report.logs.push(dropped(std::mem::take(&mut unsent.dropped_logs)));
        }
        let last = unsent.entries.is_empty() && unsent.is_closed;
        if last {
            report.state = unsent.end.take();
        }
        drop(unsent);
        self.taken.notify_waiters();
        (report, last)
    }

    async fn until(&self, changed: &Notify, is_so: impl Fn(&Unsent) -> bool) {
        loop {
            let mut change = std::pin::pin!(changed.notified());
            // Listening begins before looking, so that nothing falls in between.
            change.as_mut().enable();
            if is_so(&self.lock()) {
                return;
            }
            change.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Unsent> {
        // No code panics while it holds the lock, and the entries are whole in any case.
        self.unsent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Unsent {
    fn push(&mut self, entry: Entry) {
        self.bytes += entry.bytes();
        self.entries.push_back(entry);
    }
}

impl Observer for Outbox {
    fn moved(&self, task_run: &TaskRun<'_>, state: &TimedState) {
        self.lock().push(Entry::Moved {
            task_run: task_run.id,
            slug: task_run.slug.to_owned(),
            map_index: task_run.map_index,
            state: state.clone(),
        });
        self.added.notify_one();
    }

    async fn room(&self) {
        self.until(&self.taken, |unsent| unsent.bytes < ROOM_BYTES).await;
    }
}

/// Adds an entry to a report; the states of one task run stand together.
fn add(report: &mut FlowRunReport, positions: &mut HashMap<Uuid, usize>, entry: Entry) {
    match entry {
        Entry::Logged(line) => report.logs.push(line),
        Entry::Named(named) => report.names.push(named),
        Entry::Moved { task_run, slug, map_index, state } => {
            let position = *positions.entry(task_run).or_insert_with(|| {
                let states = Vec::with_capacity(2);
                report.task_runs.push(TaskRunReport { id: task_run, task_slug: slug, map_index, states });
                report.task_runs.len() - 1
            });
            report.task_runs[position].states.push(state);
        }
    }
}

fn dropped(count: usize) -> LogLine {
    LogLine {
        timestamp: Timestamp::now(),
        level: "WARNING".to_owned(),
        name: "castra".to_owned(),
        message: format!("{count} log lines were dropped: they came faster than the server takes them."),
        task_run_id: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use castra_core::state::StateKind;

    fn moved(outbox: &Outbox, id: u128, kind: StateKind) {
        let task_run = TaskRun { id: Uuid::from_u128(id), slug: "extract-1", map_index: -1 };
        let state = TimedState { timestamp: Timestamp::UNIX_EPOCH, state: State::new(kind, "") };
        outbox.moved(&task_run, &state);
    }

    fn line(message: &str) -> LogLine {
        LogLine {
            timestamp: Timestamp::UNIX_EPOCH,
            level: "INFO".to_owned(),
            name: "extract".to_owned(),
            message: message.to_owned(),
            task_run_id: None,
        }
    }

    #[test]
    fn one_report_carries_the_states_of_each_task_run_together_and_the_end() {
        let outbox = Outbox::default();
        moved(&outbox, 1, StateKind::Running);
        moved(&outbox, 2, StateKind::Running);
        moved(&outbox, 1, StateKind::Success);
        outbox.log(line("read 3 rows"));
        outbox.name(TaskRunName { id: Uuid::from_u128(1), name: "extract the first".to_owned() });
        outbox.close(Some(State::new(StateKind::Success, "done")));
        let (report, last) = outbox.take(Uuid::nil());
        assert_eq!(report.names.len(), 1);
        let states: Vec<_> =
            report.task_runs.iter().map(|run| (run.id.as_u128(), run.states.len())).collect();
        assert_eq!((states, report.logs.len(), last), (vec![(1, 2), (2, 1)], 1, true));
        assert_eq!(report.state.unwrap().kind(), StateKind::Success);
    }

    #[test]
    fn a_report_is_bounded_and_the_end_comes_with_the_last_one() {
        let outbox = Outbox::default();
        outbox.log(line(&"x".repeat(BATCH_BYTES)));
        outbox.log(line("last"));
        outbox.close(Some(State::new(StateKind::Success, "done")));
        let (first, last) = outbox.take(Uuid::nil());
        assert!(first.logs.len() == 1 && first.state.is_none() && !last);
        let (second, last) = outbox.take(Uuid::nil());
        assert!(second.logs[0].message == "last" && second.state.is_some() && last);
    }

    #[test]
    fn log_lines_beyond_the_bound_are_dropped_and_counted() {
        let outbox = Outbox::default();
        for _ in 0..LOG_BYTES / BATCH_BYTES + 2 {
            outbox.log(line(&"x".repeat(BATCH_BYTES)));
        }
        let (report, _) = outbox.take(Uuid::nil());
        insta::assert_snapshot!(report.logs.last().unwrap().message, @"2 log lines were dropped: they came faster than the server takes them.");
    }

    #[tokio::test]
    async fn there_is_room_again_once_something_was_taken() {
        let outbox = Outbox::default();
        outbox.log(line(&"x".repeat(ROOM_BYTES)));
        let room = outbox.room();
        let mut room = std::pin::pin!(room);
        assert!(futures::poll!(room.as_mut()).is_pending());
        outbox.take(Uuid::nil());
        room.await;
    }
}
