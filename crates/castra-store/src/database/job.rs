//! A closure on its way to a thread of the store, and its answer on the way back.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tokio::sync::oneshot;

use super::transaction::Transaction;
use crate::error::{Result, StoreError};

/// A closure over a transaction whose type the threads need not know.
pub(super) trait Job: Send {
    /// Runs the closure and keeps its answer. True if it succeeded.
    fn run(&mut self, transaction: &mut Transaction<'_>) -> bool;

    /// Hands the answer to whoever waits for it, or `failure` instead.
    fn answer(self: Box<Self>, failure: Option<StoreError>);
}

struct Closure<F, T> {
    work: Option<F>,
    result: Result<T>,
    reply: oneshot::Sender<Result<T>>,
}

/// Wraps a closure; the receiver yields its answer.
pub(super) fn job<T, F>(work: F) -> (Box<dyn Job>, oneshot::Receiver<Result<T>>)
where
    T: Send + 'static,
    F: FnOnce(&mut Transaction<'_>) -> Result<T> + Send + 'static,
{
    let (reply, answer) = oneshot::channel();
    (Box::new(Closure { work: Some(work), result: Err(StoreError::Closed), reply }), answer)
}

impl<T, F> Job for Closure<F, T>
where
    T: Send + 'static,
    F: FnOnce(&mut Transaction<'_>) -> Result<T> + Send + 'static,
{
    fn run(&mut self, transaction: &mut Transaction<'_>) -> bool {
        let Some(work) = self.work.take() else { return false };
        // After a panic the transaction is rolled back and dropped, so nothing half-done is seen.
        self.result = catch_unwind(AssertUnwindSafe(|| work(transaction)))
            .unwrap_or_else(|panic| Err(StoreError::Internal(panic_message(&*panic))));
        self.result.is_ok()
    }

    fn answer(self: Box<Self>, failure: Option<StoreError>) {
        let answer = failure.map_or(self.result, Err);
        // Whoever asked may have gone away; the transaction stands all the same.
        let _ = self.reply.send(answer);
    }
}

fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or(panic.downcast_ref::<String>().map(String::as_str));
    format!("a transaction panicked: {}", text.unwrap_or("without a message"))
}
