//! Attempts that are made elsewhere, in another process or on another machine: the thread of Python only sends them there, and
//! [`Promise`] brings the answer when it comes. Whoever gives such an attempt up has it cancelled there.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use castra::untyped::{Outcome, Stopwatch};
use pyo3::prelude::*;
use tokio::sync::oneshot;

use super::attempt::{failed, outcome};
use super::jobs::Jobs;

/// The answer of an attempt that is made elsewhere.
#[pyclass(frozen, module = "castra._castra")]
pub(crate) struct Promise(Mutex<Stage>);

enum Stage {
    /// Nobody listens yet; `cancel()` breaks the attempt off. It may have begun already.
    Sent { cancel: Py<PyAny>, has_begun: bool },
    /// The engine listens.
    Awaited { cancel: Py<PyAny>, told: oneshot::Sender<Outcome>, stopwatch: Stopwatch },
    /// The answer came before anybody listened.
    Answered(Outcome),
    /// The engine has the answer, or does not want it any more.
    Over,
}

#[pymethods]
impl Promise {
    /// An attempt that `cancel()` breaks off, should it be given up before its answer comes.
    #[new]
    fn new(cancel: Py<PyAny>) -> Self {
        Promise(Mutex::new(Stage::Sent { cancel, has_begun: false }))
    }

    /// The attempt has begun, perhaps once more: its time runs from now on.
    fn begin(&self) {
        match &mut *lock(&self.0) {
            Stage::Sent { has_begun, .. } => *has_begun = true,
            Stage::Awaited { stopwatch, .. } => stopwatch.start(),
            Stage::Answered(_) | Stage::Over => {}
        }
    }

    /// Gives the answer, as a call that is made here returns it; any further answer is ignored.
    fn answer(&self, answer: &Bound<'_, PyAny>) {
        let outcome = outcome(answer).unwrap_or_else(|error| failed(error.to_string()));
        let mut stage = lock(&self.0);
        let before = std::mem::replace(&mut *stage, Stage::Over);
        match before {
            Stage::Sent { .. } => *stage = Stage::Answered(outcome),
            // Nobody listens any more if the run is over.
            Stage::Awaited { told, .. } => drop(told.send(outcome)),
            Stage::Answered(_) => *stage = before,
            Stage::Over => {}
        }
    }
}

impl Promise {
    /// Lets the engine have the answer. The attempt's time is held until it begins.
    fn listen(&self, told: oneshot::Sender<Outcome>, stopwatch: Stopwatch) {
        let mut stage = lock(&self.0);
        match std::mem::replace(&mut *stage, Stage::Over) {
            Stage::Sent { cancel, has_begun } => {
                if !has_begun {
                    stopwatch.hold();
                }
                *stage = Stage::Awaited { cancel, told, stopwatch };
            }
            Stage::Answered(outcome) => drop(told.send(outcome)),
            Stage::Awaited { .. } | Stage::Over => {}
        }
    }

    /// Has the attempt broken off, unless its answer came.
    fn give_up(&self, py: Python<'_>) {
        let before = std::mem::replace(&mut *lock(&self.0), Stage::Over);
        if let Stage::Sent { cancel, .. } | Stage::Awaited { cancel, .. } = before {
            // What cannot be broken off goes on; nobody waits for it.
            drop(cancel.call0(py));
        }
    }
}

/// Where the thread that sends an attempt elsewhere leaves its [`Promise`] for whoever waits for the answer. Dropped, it has the
/// attempt given up.
pub(super) struct Sent {
    slot: Arc<Mutex<Slot>>,
    jobs: Arc<Jobs>,
}

/// The other end of [`Sent`].
pub(super) struct Sending {
    slot: Arc<Mutex<Slot>>,
    told: oneshot::Sender<Outcome>,
    stopwatch: Stopwatch,
}

#[derive(Default)]
enum Slot {
    #[default]
    Empty,
    Sent(Py<Promise>),
    /// The attempt is over or given up.
    Left,
}

impl Sent {
    /// Both ends for an attempt with this stopwatch: the other one tells `told` of its answer.
    pub(super) fn new(
        jobs: Arc<Jobs>,
        told: oneshot::Sender<Outcome>,
        stopwatch: Stopwatch,
    ) -> (Self, Sending) {
        let slot = Arc::default();
        (Sent { slot: Arc::clone(&slot), jobs }, Sending { slot, told, stopwatch })
    }

    /// The answer is there: nothing is to be given up.
    pub(super) fn ended(&self) {
        *lock(&self.slot) = Slot::Left;
    }
}

impl Sending {
    /// The attempt was made here, and this came of it.
    pub(super) fn made(self, outcome: Outcome) {
        // Nobody listens any more if the attempt was given up.
        drop(self.told.send(outcome));
    }

    /// The attempt is under way elsewhere; `given_up`: its engine does not want it any more.
    pub(super) fn sent(self, promise: Py<Promise>, given_up: bool) {
        {
            let mut slot = lock(&self.slot);
            if !given_up && matches!(*slot, Slot::Empty) {
                promise.get().listen(self.told, self.stopwatch);
                *slot = Slot::Sent(promise);
                return;
            }
        }
        Python::attach(|py| promise.get().give_up(py));
    }
}

impl Drop for Sent {
    fn drop(&mut self) {
        if let Slot::Sent(promise) = std::mem::replace(&mut *lock(&self.slot), Slot::Left) {
            self.jobs.post(move |py| promise.get().give_up(py));
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // No code panics while it holds the lock, and what is behind it is whole in any case.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
