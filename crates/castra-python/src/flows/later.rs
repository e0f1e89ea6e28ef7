//! Attempts that are made elsewhere, in another process or on another machine: the thread of Python only sends them there, and
//! [`Later`] brings the answer when it comes. Whoever gives such an attempt up has it cancelled there.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use castra::untyped::Outcome;
use pyo3::prelude::*;
use tokio::sync::oneshot;

use super::attempt::{failed, outcome};

/// The answer of an attempt that is made elsewhere.
#[pyclass(frozen, module = "castra._castra")]
pub(crate) struct Later(Mutex<Stage>);

enum Stage {
    /// Nobody listens yet; `cancel()` breaks the attempt off.
    Begun { cancel: Py<PyAny> },
    /// The engine listens.
    Awaited { cancel: Py<PyAny>, told: oneshot::Sender<Outcome> },
    /// The answer came before anybody listened.
    Answered(Outcome),
    /// The engine has the answer, or does not want it any more.
    Over,
}

#[pymethods]
impl Later {
    /// An attempt that `cancel()` breaks off, should it be given up before its answer comes.
    #[new]
    fn new(cancel: Py<PyAny>) -> Self {
        Later(Mutex::new(Stage::Begun { cancel }))
    }

    /// Gives the answer, as a call that is made here returns it; any further answer is ignored.
    fn answer(&self, answer: &Bound<'_, PyAny>) {
        let outcome = outcome(answer).unwrap_or_else(|error| failed(error.to_string()));
        let mut stage = lock(&self.0);
        let before = std::mem::replace(&mut *stage, Stage::Over);
        match before {
            Stage::Begun { .. } => *stage = Stage::Answered(outcome),
            // Nobody listens any more if the run is over.
            Stage::Awaited { told, .. } => drop(told.send(outcome)),
            Stage::Answered(_) => *stage = before,
            Stage::Over => {}
        }
    }
}

impl Later {
    /// Lets the engine have the answer.
    fn listen(&self, told: oneshot::Sender<Outcome>) {
        let mut stage = lock(&self.0);
        match std::mem::replace(&mut *stage, Stage::Over) {
            Stage::Begun { cancel } => *stage = Stage::Awaited { cancel, told },
            Stage::Answered(outcome) => drop(told.send(outcome)),
            Stage::Awaited { .. } | Stage::Over => {}
        }
    }

    /// Has the attempt broken off, unless its answer came.
    fn give_up(&self, py: Python<'_>) {
        let before = std::mem::replace(&mut *lock(&self.0), Stage::Over);
        if let Stage::Begun { cancel } | Stage::Awaited { cancel, .. } = before {
            // What cannot be broken off goes on; nobody waits for it.
            drop(cancel.call0(py));
        }
    }
}

/// Where the thread that sends an attempt elsewhere leaves its [`Later`] for whoever waits for the answer. Dropped, it gives the
/// attempt up.
#[derive(Default)]
pub(super) struct Sent(Arc<Mutex<Slot>>);

/// The other end of [`Sent`].
pub(super) struct Sending(Arc<Mutex<Slot>>);

#[derive(Default)]
enum Slot {
    #[default]
    Empty,
    Sent(Py<Later>),
    /// The attempt is over or given up.
    Left,
}

impl Sent {
    /// The end for the thread that sends the attempt.
    pub(super) fn sending(&self) -> Sending {
        Sending(Arc::clone(&self.0))
    }

    /// The answer is there: nothing is to be given up.
    pub(super) fn ended(&self) {
        *lock(&self.0) = Slot::Left;
    }
}

impl Sending {
    /// The attempt is under way elsewhere; `given_up`: its engine does not want it any more.
    pub(super) fn sent(&self, later: Py<Later>, told: oneshot::Sender<Outcome>, given_up: bool) {
        {
            let mut slot = lock(&self.0);
            if !given_up && matches!(*slot, Slot::Empty) {
                later.get().listen(told);
                *slot = Slot::Sent(later);
                return;
            }
        }
        Python::attach(|py| later.get().give_up(py));
    }
}

impl Drop for Sent {
    fn drop(&mut self) {
        if let Slot::Sent(later) = std::mem::replace(&mut *lock(&self.0), Slot::Left) {
            // Cancelling may have to wait for the interpreter.
            std::thread::spawn(move || Python::attach(|py| later.get().give_up(py)));
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // No code panics while it holds the lock, and what is behind it is whole in any case.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
