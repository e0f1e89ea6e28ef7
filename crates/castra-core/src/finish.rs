//! Finish: what becomes of a flow run when its launch has ended. Pure; the store asks and writes what is decided.

use jiff::{SignedDuration, Timestamp};

use crate::cause::{Cause, LaunchEnd};
use crate::state::{State, StateKind};

/// How often a run is launched again after its infrastructure was lost (Prefect 1's Lazarus gives up after three).
pub const MAX_RELAUNCHES: u32 = 3;
/// How often in a row a run of which nothing was launched is tried again. With [`delay_before_trying_again`] this lets a
/// target be down for half an hour.
pub const MAX_TRIES_AGAIN: u32 = 12;
/// The first delay that is one, in seconds; each later one is twice as long.
const FIRST_DELAY_SECONDS: i64 = 5;
/// The longest delay, in seconds.
const LONGEST_DELAY_SECONDS: i64 = 300;

/// What is known of the run at the moment its launch ended.
#[derive(Clone, Copy, Debug)]
pub struct RunAtEnd {
    /// The run's state.
    pub state: StateKind,
    /// True if task runs wait for a start time or for a person: the process may end, and the run goes on later.
    pub has_waiting_tasks: bool,
    /// How often the run was launched again already.
    pub relaunches: u32,
    /// How often in a row nothing was launched, before this launch.
    pub not_launched: u32,
}

/// What follows for the run.
#[derive(Clone, Debug, PartialEq)]
pub enum AfterLaunch {
    /// Nothing: it reported its end itself, or goes on later.
    Leave,
    /// It is set to this ended state.
    End(State),
    /// It is set to this Scheduled state and will be claimed again.
    LaunchAgain(State),
    /// Nothing was launched: it is set to this Scheduled state, whose start time may lie ahead.
    TryAgain(State),
}

/// Decides what follows for a run whose launch ended at `now`.
///
/// A run that lost its process, or its place before it began, is launched again; one of which nothing was launched is
/// tried again. Every other end that the run did not report itself fails it, as in Prefect 1, with the cause as the message:
/// an eviction, too, because what its tasks had begun cannot be known.
pub fn after_launch(run: RunAtEnd, end: &LaunchEnd, now: Timestamp) -> AfterLaunch {
    match (run.state, &end.cause) {
        (state, _) if state.is_finished() || state.is_pending() => AfterLaunch::Leave,
        (StateKind::Cancelling, cause) => AfterLaunch::End(cancelled(cause)),
        (_, cause @ Cause::NotLaunched { .. }) if run.not_launched < MAX_TRIES_AGAIN => {
            let start = now.saturating_add(delay_before_trying_again(run.not_launched)).unwrap_or(now);
            AfterLaunch::TryAgain(rescheduled(start, cause))
        }
        (_, cause @ Cause::Vanished { .. }) | (StateKind::Submitted, cause @ Cause::Evicted { .. })
            if run.relaunches < MAX_RELAUNCHES =>
        {
            AfterLaunch::LaunchAgain(rescheduled(now, cause))
        }
        (StateKind::Running, Cause::Exited { code: 0 }) if run.has_waiting_tasks => AfterLaunch::Leave,
        (state, cause) => AfterLaunch::End(failed(state, cause)),
    }
}

/// How long to wait after nothing was launched for the `not_launched + 1`st time in a row: not at all at first, as when
/// an agent was restarted, then 5 s and twice as long each time, up to 5 minutes.
pub fn delay_before_trying_again(not_launched: u32) -> SignedDuration {
    let doubled = not_launched.checked_sub(1).map_or(0, |times| FIRST_DELAY_SECONDS << times.min(16));
    SignedDuration::from_secs(doubled.min(LONGEST_DELAY_SECONDS))
}

fn rescheduled(start: Timestamp, cause: &Cause) -> State {
    State::scheduled(start, format!("Rescheduled by Castra. {}", sentence(cause)))
}

/// The cause with one full stop: what targets say often ends with one.
fn sentence(cause: &Cause) -> String {
    format!("{}.", cause.to_string().trim_end_matches('.'))
}

fn cancelled(cause: &Cause) -> State {
    State::new(StateKind::Cancelled, sentence(cause))
}

fn failed(state: StateKind, cause: &Cause) -> State {
    let when = match (state, cause) {
        (StateKind::Running, Cause::Exited { .. }) => " The end of the run was not reported.",
        (StateKind::Running, _) => "",
        (
            _,
            Cause::Exited { .. } | Cause::Signaled { .. } | Cause::OutOfMemory { .. } | Cause::Removed { .. },
        ) => " The flow had not started.",
        _ => "",
    };
    State::new(StateKind::Failed, format!("{}{when}", sentence(cause)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cause::PullFailure;

    fn at_end(state: StateKind) -> RunAtEnd {
        RunAtEnd { state, has_waiting_tasks: false, relaunches: 0, not_launched: 0 }
    }

    fn after(state: StateKind, cause: Cause) -> AfterLaunch {
        after_launch(at_end(state), &cause.into(), Timestamp::UNIX_EPOCH)
    }

    fn words(after: AfterLaunch) -> String {
        match after {
            AfterLaunch::Leave => "left alone".to_owned(),
            AfterLaunch::End(state) | AfterLaunch::LaunchAgain(state) | AfterLaunch::TryAgain(state) => {
                format!("{}: {}", state.kind(), state.message())
            }
        }
    }

    #[test]
    fn a_run_that_reported_its_end_is_left_alone() {
        assert_eq!(after(StateKind::Success, Cause::Exited { code: 1 }), AfterLaunch::Leave);
    }

    #[test]
    fn every_other_end_is_told_in_words() {
        let stopped = Cause::Stopped { signal: "SIGTERM".to_owned() };
        let killed = Cause::Signaled { signal: "SIGKILL".to_owned() };
        let refused = Cause::Refused {
            reason: "its working_dir `/x` does not exist; create it on the agent's machine".to_owned(),
        };
        let lost = Cause::NotLaunched { reason: "the agent was restarted".to_owned() };
        insta::assert_snapshot!(words(after(StateKind::Submitted, Cause::Exited { code: 1 })), @"Failed: The flow run's process failed with exit code 1. The flow had not started.");
        insta::assert_snapshot!(words(after(StateKind::Running, killed)), @"Failed: The flow run's process was killed by SIGKILL, which Castra did not send.");
        insta::assert_snapshot!(words(after(StateKind::Cancelling, stopped)), @"Cancelled: The flow run's process was stopped with SIGTERM.");
        insta::assert_snapshot!(words(after(StateKind::Submitted, refused)), @"Failed: The run cannot be launched: its working_dir `/x` does not exist; create it on the agent's machine.");
        insta::assert_snapshot!(words(after(StateKind::Submitted, lost)), @"Scheduled: Rescheduled by Castra. The run was not launched: the agent was restarted.");
    }

    #[test]
    fn a_run_whose_tasks_wait_goes_on_later() {
        let run = RunAtEnd { has_waiting_tasks: true, ..at_end(StateKind::Running) };
        let end = Cause::Exited { code: 0 }.into();
        assert_eq!(after_launch(run, &end, Timestamp::UNIX_EPOCH), AfterLaunch::Leave);
    }

    #[test]
    fn what_a_target_does_to_a_run_fails_it_in_words() {
        let failed = |state: StateKind, cause: Cause| words(after(state, cause));
        let full = || "The node was low on resource: memory.".to_owned();
        insta::assert_snapshot!(failed(StateKind::Running, Cause::OutOfMemory { limit: Some("64Mi".to_owned()) }), @"Failed: The flow run used more memory than its limit of 64Mi: raise the limit.");
        insta::assert_snapshot!(failed(StateKind::Submitted, Cause::OutOfMemory { limit: None }), @"Failed: The flow run was killed because memory ran out. The flow had not started.");
        let failure = PullFailure::NotFound;
        insta::assert_snapshot!(failed(StateKind::Submitted, Cause::ImageNotPulled { image: "etl:2".to_owned(), failure, reason: "manifest unknown".to_owned() }), @"Failed: The image `etl:2` could not be pulled: manifest unknown (see that name and tag are right and the image was pushed).");
        insta::assert_snapshot!(failed(StateKind::Submitted, Cause::Unschedulable { reason: "0/1 nodes are available: 1 Insufficient cpu.".to_owned() }), @"Failed: No place was found for the flow run: 0/1 nodes are available: 1 Insufficient cpu.");
        insta::assert_snapshot!(failed(StateKind::Submitted, Cause::NotStarted { reason: "exec: no such file".to_owned() }), @"Failed: The flow run could not be started: exec: no such file.");
        insta::assert_snapshot!(failed(StateKind::Running, Cause::Removed { what: "the pod etl-1 was deleted".to_owned() }), @"Failed: The flow run was ended from outside: the pod etl-1 was deleted, which Castra did not do.");
        insta::assert_snapshot!(failed(StateKind::Running, Cause::Evicted { reason: full() }), @"Failed: The flow run was evicted: The node was low on resource: memory.");
        insta::assert_snapshot!(failed(StateKind::Submitted, Cause::Evicted { reason: full() }), @"Scheduled: Rescheduled by Castra. The flow run was evicted: The node was low on resource: memory.");
    }

    #[test]
    fn a_run_whose_infrastructure_is_lost_is_launched_again_three_times() {
        let lost = [
            (StateKind::Running, Cause::Vanished { reason: "its pid is another process's".to_owned() }),
            (StateKind::Submitted, Cause::Evicted { reason: "the node was full".to_owned() }),
        ];
        for (state, cause) in lost {
            let end = cause.into();
            let after = |relaunches, not_launched| {
                let run = RunAtEnd { relaunches, not_launched, ..at_end(state) };
                after_launch(run, &end, Timestamp::UNIX_EPOCH)
            };
            assert!(matches!(after(MAX_RELAUNCHES - 1, MAX_TRIES_AGAIN), AfterLaunch::LaunchAgain(_)));
            assert!(matches!(after(MAX_RELAUNCHES, 0), AfterLaunch::End(_)));
        }
    }

    #[test]
    fn a_run_of_which_nothing_was_launched_waits_longer_each_time() {
        let end = Cause::NotLaunched { reason: "the engine does not answer".to_owned() }.into();
        let start = |not_launched| {
            let run = RunAtEnd { not_launched, relaunches: MAX_RELAUNCHES, ..at_end(StateKind::Submitted) };
            match after_launch(run, &end, Timestamp::UNIX_EPOCH) {
                AfterLaunch::TryAgain(state) => state.start_time().map(|start| start.as_second()),
                _ => None,
            }
        };
        let delays: Vec<_> = (0..MAX_TRIES_AGAIN).filter_map(start).collect();
        assert_eq!(delays, [0, 5, 10, 20, 40, 80, 160, 300, 300, 300, 300, 300]);
        assert_eq!(delays.iter().sum::<i64>() / 60, 30, "minutes in all");
        assert_eq!(start(MAX_TRIES_AGAIN), None);
        assert_eq!(delay_before_trying_again(u32::MAX), SignedDuration::from_mins(5));
    }
}
