//! Jobs: Python code that the engine wants run, in the order in which it came. Whoever runs it is told so by the job's
//! ticket, and is interrupted by it when the engine gives the job up. The threads themselves are in
//! [`workers`](super::workers).

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use pyo3::Python;

use super::workers::Thread;

/// Tells whoever waits for a job what came of it; it is told itself whether the job was given up meanwhile.
pub(super) type Deliver = Box<dyn FnOnce(bool) + Send>;

/// What a thread of Python is to do.
pub(super) struct Job {
    work: Box<dyn FnOnce(Python<'_>) -> Deliver + Send>,
    ticket: Arc<Ticket>,
}

/// What comes out of the queue.
pub(super) enum Next {
    /// This is to be done.
    Job(Job),
    /// Nothing came in time.
    Nothing,
    /// Nothing will come any more.
    Closed,
}

/// Jobs that wait for a thread.
#[derive(Default)]
pub(super) struct Jobs {
    waiting: Mutex<Waiting>,
    /// A job came, for one of those who look for jobs; or none will come any more.
    came: Condvar,
    /// Nothing will come any more.
    closed: Condvar,
    /// A job is done.
    done: Condvar,
}

#[derive(Default)]
struct Waiting {
    jobs: VecDeque<Job>,
    /// How many are being done.
    running: usize,
    closed: bool,
}

/// Whoever drops it gives the job up.
pub(super) struct Handle(Arc<Ticket>);

/// How far a job is.
struct Ticket(Mutex<Phase>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Waiting,
    Running(Thread),
    Interrupted,
    GivenUp,
    Done,
}

impl Jobs {
    /// Adds a job. It is given up when the handle is dropped before it is done.
    pub(super) fn submit(&self, work: impl FnOnce(Python<'_>) -> Deliver + Send + 'static) -> Handle {
        let ticket = Arc::new(Ticket(Mutex::new(Phase::Waiting)));
        self.push(Job { work: Box::new(work), ticket: Arc::clone(&ticket) });
        Handle(ticket)
    }

    /// Adds a job that nobody waits for and nobody gives up.
    pub(super) fn post(&self, work: impl FnOnce(Python<'_>) + Send + 'static) {
        let work = move |py: Python<'_>| -> Deliver {
            work(py);
            Box::new(|_| {})
        };
        self.push(Job { work: Box::new(work), ticket: Arc::new(Ticket(Mutex::new(Phase::Waiting))) });
    }

    fn push(&self, job: Job) {
        lock(&self.waiting).jobs.push_back(job);
        self.came.notify_one();
    }

    /// Nothing comes any more: threads that look for jobs go home.
    pub(super) fn close(&self) {
        lock(&self.waiting).closed = true;
        self.came.notify_all();
        self.closed.notify_all();
    }

    /// Whether nothing will come any more.
    pub(super) fn is_closed(&self) -> bool {
        lock(&self.waiting).closed
    }

    /// The next job, if it comes within this time.
    pub(super) fn next(&self, within: Duration) -> Next {
        let mut waiting = lock(&self.waiting);
        if waiting.jobs.is_empty() && !waiting.closed && !within.is_zero() {
            let empty = |waiting: &mut Waiting| waiting.jobs.is_empty() && !waiting.closed;
            let waited = self.came.wait_timeout_while(waiting, within, empty);
            (waiting, _) = waited.unwrap_or_else(PoisonError::into_inner);
        }
        match waiting.jobs.pop_front() {
            Some(job) => {
                waiting.running += 1;
                Next::Job(job)
            }
            None if waiting.closed => Next::Closed,
            None => Next::Nothing,
        }
    }

    /// Does a job that came out of the queue.
    pub(super) fn run(&self, job: Job, py: Python<'_>, thread: Thread) {
        job.run(py, thread);
        lock(&self.waiting).running -= 1;
        self.done.notify_all();
    }

    /// Returns after this time, or once no job is being done.
    pub(super) fn wait_until_idle(&self, within: Duration) {
        let busy = |waiting: &mut Waiting| waiting.running > 0;
        // What is still being done then cannot be interrupted, and is left to itself.
        drop(self.done.wait_timeout_while(lock(&self.waiting), within, busy));
    }

    /// Returns after this time, or once nothing will come any more.
    pub(super) fn wait_for_close(&self, within: Duration) {
        let open = |waiting: &mut Waiting| !waiting.closed;
        // How long it took does not matter to whoever looks again.
        drop(self.closed.wait_timeout_while(lock(&self.waiting), within, open));
    }
}

impl Job {
    /// Does it on the calling thread, unless it was given up.
    fn run(self, py: Python<'_>, thread: Thread) {
        if !self.ticket.begin(thread) {
            return;
        }
        let deliver = (self.work)(py);
        let given_up = self.ticket.end(py) == Phase::Interrupted;
        if given_up {
            thread.forget_interruption(py);
        }
        deliver(given_up);
    }
}

impl Ticket {
    fn begin(&self, thread: Thread) -> bool {
        let mut phase = lock(&self.0);
        let waits = *phase == Phase::Waiting;
        if waits {
            *phase = Phase::Running(thread);
        }
        waits
    }

    /// Whoever interrupts holds the lock and needs the interpreter, so it is not kept from them while the lock is waited for.
    fn end(&self, py: Python<'_>) -> Phase {
        match self.0.try_lock() {
            Ok(mut phase) => std::mem::replace(&mut *phase, Phase::Done),
            Err(_) => py.detach(|| std::mem::replace(&mut *lock(&self.0), Phase::Done)),
        }
    }

    /// The thread is interrupted under the lock: it cannot go on to another job meanwhile.
    fn interrupt(&self) {
        let mut phase = lock(&self.0);
        if let Phase::Running(thread) = *phase {
            thread.interrupt();
            *phase = Phase::Interrupted;
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        let mut phase = lock(&self.0.0);
        match *phase {
            Phase::Waiting => *phase = Phase::GivenUp,
            Phase::Running(_) => {
                let ticket = Arc::clone(&self.0);
                // Interrupting may have to wait for the interpreter.
                std::thread::spawn(move || ticket.interrupt());
            }
            Phase::Interrupted | Phase::GivenUp | Phase::Done => {}
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // No code panics while it holds the lock, and what is behind it is whole in any case.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
