//! A closure on its way to a thread of the store, and its answer on the way back.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tokio::sync::oneshot;

use super::transaction::Transaction;
use crate::error::{Result, StoreError};

/// A closure over a transaction whose type the threads need not know.
pub(super) trait Job: Send {
    /// Runs the closure and keeps its answer.
    ///
    /// # Errors
    /// The closure's.
    fn run(&mut self, transaction: &mut Transaction<'_>) -> Result<(), &StoreError>;

    /// Hands the answer to whoever waits for it. If the group failed and the closure did not, `failure` is the answer.
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
    fn run(&mut self, transaction: &mut Transaction<'_>) -> Result<(), &StoreError> {
        if let Some(work) = self.work.take() {
            // After a panic the transaction is rolled back and dropped, so nothing half-done is seen.
            self.result = catch_unwind(AssertUnwindSafe(|| work(transaction)))
                .unwrap_or_else(|panic| Err(StoreError::Internal(panic_message(&*panic))));
        }
        self.result.as_ref().map(drop)
    }

    fn answer(self: Box<Self>, failure: Option<StoreError>) {
        let was_run = self.work.is_none();
        let answer = match (self.result, failure) {
            (Err(own), _) if was_run => Err(own),
            (result, failure) => failure.map_or(result, Err),
        };
        // Whoever asked may have gone away; the transaction stands all the same.
        let _ = self.reply.send(answer);
    }
}

fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or(panic.downcast_ref::<String>().map(String::as_str));
    format!("a transaction panicked: {}", text.unwrap_or("without a message"))
}
