//! One attempt of a task, and what follows from how it went.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use castra_core::state::{State, StateKind};
use futures::FutureExt;
use jiff::Timestamp;

use crate::context::Context;
use crate::data::Data;
use crate::function::ErasedFunction;
use crate::signal::Signal;
use crate::text::shortened;

/// How an attempt went.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    Success(Data),
    Skipped(String),
    TimedOut(Duration),
    /// It failed; trying again may help.
    Failed(String),
    /// It failed, and trying again would not help.
    FailedForGood(String),
}

/// Calls the function once. A panic is a failure like any other.
pub(crate) async fn attempt(
    function: ErasedFunction,
    inputs: Vec<Data>,
    timeout: Option<Duration>,
    context: Context,
) -> Outcome {
    let work = async move { function(&inputs)?.await };
    let work = AssertUnwindSafe(context.scope(work)).catch_unwind();
    let ended = match timeout {
        Some(timeout) => match tokio::time::timeout(timeout, work).await {
            Ok(ended) => ended,
            Err(_) => return Outcome::TimedOut(timeout),
        },
        None => work.await,
    };
    match ended {
        Ok(Ok(data)) => Outcome::Success(data),
        Ok(Err(error)) => failure(&error),
        Err(panic) => {
            Outcome::Failed(shortened(format!("The task panicked: {}", panic_message(panic.as_ref()))))
        }
    }
}

fn failure(error: &anyhow::Error) -> Outcome {
    let message = shortened(format!("{error:#}"));
    match error.downcast_ref::<Signal>() {
        Some(Signal::Skip(_)) => Outcome::Skipped(message),
        Some(Signal::Fail(_)) => Outcome::FailedForGood(message),
        None => Outcome::Failed(message),
    }
}

fn panic_message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("it gave no message")
}

/// How often a task is tried.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Retries {
    pub(crate) max_retries: u32,
    pub(crate) delay: Duration,
}

/// What follows from an attempt.
#[derive(Clone, Debug)]
pub(crate) enum Verdict {
    /// The task run ends in this state.
    End(State, Data),
    /// It failed with the first state, and waits in the second one for its next attempt.
    Retry(State, State),
}

impl Outcome {
    /// What follows if this was attempt number `attempt`, counted from 1, and it is now `now`.
    pub(crate) fn verdict(self, attempt: u32, retries: Retries, now: Timestamp) -> Verdict {
        let failed = match self {
            Outcome::Success(data) => {
                return Verdict::End(State::new(StateKind::Success, "It succeeded."), data);
            }
            Outcome::Skipped(message) => {
                return Verdict::End(State::new(StateKind::Skipped, message), Data::nothing());
            }
            Outcome::FailedForGood(message) => {
                return Verdict::End(State::new(StateKind::Failed, message), Data::nothing());
            }
            Outcome::TimedOut(timeout) => {
                State::new(StateKind::TimedOut, format!("The attempt took longer than {timeout:?}."))
            }
            Outcome::Failed(message) => State::new(StateKind::Failed, message),
        };
        if attempt > retries.max_retries {
            return Verdict::End(failed, Data::nothing());
        }
        let start_time = jiff::SignedDuration::try_from(retries.delay)
            .ok()
            .and_then(|delay| now.checked_add(delay).ok())
            .unwrap_or(Timestamp::MAX);
        let attempts = retries.max_retries.saturating_add(1);
        let message =
            format!("Attempt {attempt} of {attempts} failed; the next one follows in {:?}.", retries.delay);
        let retrying = State::new(StateKind::Retrying, message)
            .with("start_time", start_time.to_string())
            .with("run_count", attempt);
        Verdict::Retry(failed, retrying)
    }
}
