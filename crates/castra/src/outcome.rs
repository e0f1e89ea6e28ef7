//! How an attempt of a task went, and what follows from it. Pure.

use std::time::Duration;

use castra_core::state::{State, StateKind};
use jiff::{SignedDuration, Timestamp};

use crate::data::Data;
use crate::signal::Signal;
use crate::text::shortened;

/// How an attempt went.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// The task run ends in this state, with this result, whatever retries are left.
    Ended(State, Data),
    /// It failed in this state, with this in place of a result; it is tried again while retries are left.
    Failed(State, Data),
    /// It is to be tried again at this time, whatever retries are left.
    Again(Timestamp, String),
    /// It has this so far, and goes on with a new round at once.
    Looped(State, Data),
    /// It waits in this Paused state, until its `start_time` if it has one, or until somebody resumes it.
    Paused(State),
}

/// What follows from an attempt.
#[derive(Clone, Debug)]
pub(crate) enum Verdict {
    /// The task run ends in this state; but if that is a failure, or a handler makes one of it, this follows.
    End(State, Data, Option<Retry>),
    /// It is tried again.
    Retry(Retry),
    /// It goes on with the next round.
    Loop(State, Data),
    /// It waits in this state.
    Pause(State),
}

/// Another attempt.
#[derive(Clone, Debug)]
pub(crate) struct Retry {
    /// In which the task run waits for it.
    pub(crate) state: State,
    pub(crate) delay: Duration,
}

/// How often a task is tried.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Retries {
    pub(crate) max_retries: u32,
    pub(crate) delay: Duration,
}

impl Outcome {
    /// It succeeded with this result.
    pub fn success(data: Data) -> Self {
        Outcome::Ended(State::new(StateKind::Success, "It succeeded."), data)
    }

    /// It failed, as told by this message; it is tried again while retries are left.
    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Outcome::Failed(State::new(StateKind::Failed, shortened(message.into())), Data::nothing())
    }

    /// It took longer than it may.
    pub(crate) fn timed_out(timeout: Duration) -> Self {
        let state = State::new(StateKind::TimedOut, format!("The attempt took longer than {timeout:?}."));
        Outcome::Failed(state, Data::nothing())
    }

    /// How an attempt went that returned `result`: errors may be signals.
    pub(crate) fn of_result(result: anyhow::Result<Data>) -> Self {
        let error = match result {
            Ok(data) => return Outcome::success(data),
            Err(error) => error,
        };
        let message = shortened(format!("{error:#}"));
        let ended = |kind| Outcome::Ended(State::new(kind, message.clone()), Data::nothing());
        match error.downcast_ref::<Signal>() {
            Some(Signal::Skip(_)) => ended(StateKind::Skipped),
            Some(Signal::Fail(_)) => ended(StateKind::Failed),
            Some(Signal::RetryAt(time, _)) => Outcome::Again(*time, message),
            Some(Signal::Pause(_)) => Outcome::Paused(State::new(StateKind::Paused, message)),
            None => Outcome::failed(message),
        }
    }

    /// What follows if this was attempt number `attempt`, counted from 1, and it is now `now`.
    pub(crate) fn verdict(self, attempt: u32, retries: Retries, now: Timestamp) -> Verdict {
        match self {
            Outcome::Ended(state, data) => {
                // What failed for good is not tried again.
                let retry = retries.after(attempt, now).filter(|_| !state.kind().is_failed());
                Verdict::End(state, data, retry)
            }
            Outcome::Failed(state, data) => Verdict::End(state, data, retries.after(attempt, now)),
            Outcome::Looped(state, data) => Verdict::Loop(state, data),
            Outcome::Paused(state) => Verdict::Pause(state),
            Outcome::Again(time, message) => {
                let delay = Duration::try_from(time.duration_since(now)).unwrap_or_default();
                Verdict::Retry(Retry { state: retrying(message, time, attempt), delay })
            }
        }
    }
}

impl Retries {
    /// The attempt after attempt number `attempt`, if that failed now and any is left.
    fn after(self, attempt: u32, now: Timestamp) -> Option<Retry> {
        if attempt > self.max_retries {
            return None;
        }
        let delay = SignedDuration::try_from(self.delay).ok();
        let time = delay.and_then(|delay| now.checked_add(delay).ok()).unwrap_or(Timestamp::MAX);
        let attempts = self.max_retries.saturating_add(1);
        let message =
            format!("Attempt {attempt} of {attempts} failed; the next one follows in {:?}.", self.delay);
        Some(Retry { state: retrying(message, time, attempt), delay: self.delay })
    }
}

fn retrying(message: String, time: Timestamp, attempt: u32) -> State {
    State::new(StateKind::Retrying, message).with("start_time", time.to_string()).with("run_count", attempt)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RETRIES: Retries = Retries { max_retries: 1, delay: Duration::from_secs(60) };

    fn names(verdict: Verdict) -> String {
        match verdict {
            Verdict::End(state, _, Some(retry)) if state.kind().is_failed() => {
                format!("{}, {}", state.kind(), names(Verdict::Retry(retry)))
            }
            Verdict::End(state, ..) => format!("{}", state.kind()),
            Verdict::Loop(state, _) => format!("{}, next round", state.kind()),
            Verdict::Pause(state) => format!("{}: {}", state.kind(), state.message()),
            Verdict::Retry(Retry { state, delay }) => format!("{} for {delay:?}", state.kind()),
        }
    }

    fn verdict(outcome: Outcome, attempt: u32) -> String {
        names(outcome.verdict(attempt, RETRIES, Timestamp::UNIX_EPOCH))
    }

    #[test]
    fn a_failure_is_tried_again_while_retries_are_left() {
        insta::assert_snapshot!(verdict(Outcome::failed("no"), 1), @"Failed, Retrying for 60s");
        insta::assert_snapshot!(verdict(Outcome::failed("no"), 2), @"Failed");
        insta::assert_snapshot!(verdict(Outcome::timed_out(Duration::ZERO), 2), @"TimedOut");
    }

    #[test]
    fn signals_end_the_task_or_try_it_again_whatever_retries_are_left() {
        let signal = |error| Outcome::of_result(Err(error));
        insta::assert_snapshot!(verdict(signal(crate::skip("")), 1), @"Skipped");
        insta::assert_snapshot!(verdict(signal(crate::fail("")), 1), @"Failed");
        let later = Timestamp::from_second(7).unwrap();
        insta::assert_snapshot!(verdict(signal(crate::retry_at(later, "")), 9), @"Retrying for 7s");
    }

    #[test]
    fn a_pause_is_neither_an_end_nor_a_failure() {
        let paused = Outcome::of_result(Err(crate::pause("publish?")));
        insta::assert_snapshot!(verdict(paused, 9), @"Paused: publish?");
    }

    #[test]
    fn a_round_is_followed_by_the_next_one() {
        let looped = Outcome::Looped(State::new(StateKind::Looped, ""), Data::nothing());
        insta::assert_snapshot!(verdict(looped, 1), @"Looped, next round");
    }
}
