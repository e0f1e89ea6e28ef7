//! Finish: what becomes of a flow run when its launch has ended. Pure; the store asks and writes what is decided.

use jiff::Timestamp;

use crate::cause::{Cause, LaunchEnd};
use crate::state::{State, StateKind};

/// How often a run is launched again after its infrastructure was lost (Prefect 1's Lazarus gives up after three).
pub const MAX_RELAUNCHES: u32 = 3;

/// What is known of the run at the moment its launch ended.
#[derive(Clone, Copy, Debug)]
pub struct RunAtEnd {
    /// The run's state.
    pub state: StateKind,
    /// True if task runs wait for a start time or for a person: the process may end, and the run goes on later.
    pub has_waiting_tasks: bool,
    /// How often the run was launched again already.
    pub relaunches: u32,
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
}

/// Decides what follows for a run whose launch ended at `now`.
pub fn after_launch(run: RunAtEnd, end: &LaunchEnd, now: Timestamp) -> AfterLaunch {
    match (run.state, &end.cause) {
        (state, _) if state.is_finished() || state.is_pending() => AfterLaunch::Leave,
        (StateKind::Cancelling, cause) => AfterLaunch::End(cancelled(cause)),
        (_, Cause::NotLaunched { .. } | Cause::Vanished { .. }) if run.relaunches < MAX_RELAUNCHES => {
            AfterLaunch::LaunchAgain(State::scheduled(now, format!("Rescheduled by Castra. {}.", end.cause)))
        }
        (StateKind::Running, Cause::Exited { code: 0 }) if run.has_waiting_tasks => AfterLaunch::Leave,
        (state, cause) => AfterLaunch::End(failed(state, cause)),
    }
}

fn cancelled(cause: &Cause) -> State {
    State::new(StateKind::Cancelled, format!("{cause}."))
}

fn failed(state: StateKind, cause: &Cause) -> State {
    let when = match (state, cause) {
        (StateKind::Running, Cause::Exited { .. }) => " The end of the run was not reported.",
        (StateKind::Running, _) => "",
        (_, Cause::Exited { .. } | Cause::Signaled { .. }) => " The flow had not started.",
        _ => "",
    };
    State::new(StateKind::Failed, format!("{cause}.{when}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(state: StateKind, cause: Cause) -> AfterLaunch {
        after_launch(
            RunAtEnd { state, has_waiting_tasks: false, relaunches: 0 },
            &cause.into(),
            Timestamp::UNIX_EPOCH,
        )
    }

    fn words(after: AfterLaunch) -> String {
        match after {
            AfterLaunch::Leave => "left alone".to_owned(),
            AfterLaunch::End(state) | AfterLaunch::LaunchAgain(state) => {
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
        let run = RunAtEnd { state: StateKind::Running, has_waiting_tasks: true, relaunches: 0 };
        let end = Cause::Exited { code: 0 }.into();
        assert_eq!(after_launch(run, &end, Timestamp::UNIX_EPOCH), AfterLaunch::Leave);
    }

    #[test]
    fn relaunching_ends_after_three_times() {
        let run =
            RunAtEnd { state: StateKind::Submitted, has_waiting_tasks: false, relaunches: MAX_RELAUNCHES };
        let end = Cause::NotLaunched { reason: "the agent was restarted".to_owned() }.into();
        insta::assert_snapshot!(words(after_launch(run, &end, Timestamp::UNIX_EPOCH)), @"Failed: The run was not launched: the agent was restarted.");
    }
}
