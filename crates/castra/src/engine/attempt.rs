//! One attempt of a task: calls its function, in time and whatever it does.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt;

use crate::function::{Call, ErasedFunction};
use crate::outcome::Outcome;

/// Calls the function once. A panic is a failure like any other.
pub(crate) async fn attempt(function: ErasedFunction, call: Call, timeout: Option<Duration>) -> Outcome {
    let (context, stopwatch) = (call.context.clone(), call.stopwatch.clone());
    let work = async move { function(call).await };
    let work = AssertUnwindSafe(context.scope(work)).catch_unwind();
    let ended = match timeout {
        Some(timeout) => tokio::select! {
            biased;
            ended = work => ended,
            () = stopwatch.over(timeout) => return Outcome::timed_out(timeout),
        },
        None => work.await,
    };
    ended.unwrap_or_else(|panic| {
        Outcome::failed(format!("The task panicked: {}", panic_message(panic.as_ref())))
    })
}

fn panic_message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("it gave no message")
}
