//! Workers: the threads of Python that do the [`jobs`](super::jobs). Unless others are started, that is the thread that runs
//! the flow. A thread keeps the interpreter from one job to the next one that is there already.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use nix::sys::pthread::{Pthread, pthread_kill, pthread_self};
use nix::sys::signal::Signal;
use pyo3::exceptions::PyKeyboardInterrupt;
use pyo3::prelude::*;

use super::jobs::{Jobs, Next};

/// How often the main thread looks whether it was interrupted while it waits.
const LOOK_FOR_SIGNALS: Duration = Duration::from_millis(50);

/// How long tasks that were interrupted may take to clean up before the run is over.
const CLEAN_UP: Duration = Duration::from_secs(2);

/// How long other threads wait at a time.
const NO_HURRY: Duration = Duration::from_secs(3600);

/// A thread that does jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Thread {
    /// Python's main thread, which hears signals.
    Main(Pthread),
    /// Another thread, by what Python calls its ident.
    Other(u64),
}

impl Thread {
    /// The calling thread.
    ///
    /// # Errors
    /// Python is shutting down, or somebody pressed Ctrl-C meanwhile: this runs Python code.
    pub(super) fn current(py: Python<'_>) -> PyResult<Self> {
        let threading = py.import("threading")?;
        let ident: u64 = threading.call_method0("get_ident")?.extract()?;
        let main: u64 = threading.call_method0("main_thread")?.getattr("ident")?.extract()?;
        let hears_signals = ident == main && hears_sigint(py)?;
        Ok(if hears_signals { Thread::Main(pthread_self()) } else { Thread::Other(ident) })
    }

    /// Raises `KeyboardInterrupt` in it: in the main thread at once, elsewhere as soon as it runs Python code again.
    pub(super) fn interrupt(self) {
        match self {
            // The thread is there: it holds a job.
            Thread::Main(thread) => drop(pthread_kill(thread, Signal::SIGINT)),
            Thread::Other(ident) => Python::attach(|py| call_interruption(py, "interrupt", ident)),
        }
    }

    /// Takes back an interruption that came too late for the job it was meant for; called by the thread itself.
    pub(super) fn forget_interruption(self, py: Python<'_>) {
        match self {
            // What it raises is what is forgotten.
            Thread::Main(_) => drop(py.check_signals()),
            Thread::Other(ident) => call_interruption(py, "forget", ident),
        }
    }
}

/// Whether Python hears SIGINT: not in a process that a shell has started in the background, where it is ignored.
fn hears_sigint(py: Python<'_>) -> PyResult<bool> {
    let handler = py.import("signal")?.call_method1("getsignal", (Signal::SIGINT as i32,))?;
    Ok(handler.is_callable())
}

/// Python's own way to raise in another thread is reached from Python.
fn call_interruption(py: Python<'_>, function: &str, ident: u64) {
    let called =
        py.import("castra.runs.interruption").and_then(|module| module.call_method1(function, (ident,)));
    // A thread that cannot be interrupted goes on; nobody waits for it.
    drop(called);
}

/// The threads that run a flow's tasks.
#[pyclass(frozen, module = "castra._castra")]
pub(crate) struct Workers {
    pub(super) jobs: Arc<Jobs>,
    /// Whether there are threads besides the one that runs the flow.
    has_threads: AtomicBool,
    /// Whether somebody pressed Ctrl-C, and who waits for that.
    pressed: AtomicBool,
    interrupted: Arc<tokio::sync::Notify>,
}

#[pymethods]
impl Workers {
    /// Workers for one run.
    #[new]
    fn new() -> Self {
        Workers {
            jobs: Arc::default(),
            has_threads: AtomicBool::new(false),
            pressed: AtomicBool::new(false),
            interrupted: Arc::default(),
        }
    }

    /// Lets `count` threads do the jobs from now on, instead of the one that runs the flow.
    fn start(&self, count: usize) -> PyResult<()> {
        self.has_threads.store(count > 0, Ordering::Release);
        for number in 1..=count {
            let jobs = Arc::clone(&self.jobs);
            let work = move || Python::attach(|py| work(py, &jobs));
            std::thread::Builder::new().name(format!("castra-task-{number}")).spawn(work)?;
        }
        Ok(())
    }
}

impl Workers {
    /// Returns once somebody has pressed Ctrl-C, with what that means for the run.
    pub(super) fn interrupted(&self) -> impl Future<Output = String> + use<> {
        let interrupted = Arc::clone(&self.interrupted);
        async move {
            interrupted.notified().await;
            "The run was interrupted from the keyboard.".to_owned()
        }
    }

    /// Does jobs on the calling thread, unless others do, until nothing will come any more. Ctrl-C ends the run first, and
    /// is then raised here. `thread` is the calling one: who asks may be interrupted, so it is asked before the engine starts.
    ///
    /// # Errors
    /// What a signal handler raised.
    pub(super) fn work(&self, py: Python<'_>, thread: Thread) -> PyResult<()> {
        let jobs = &*self.jobs;
        let mut raised = None;
        loop {
            if self.has_threads.load(Ordering::Acquire) {
                py.detach(|| jobs.wait_for_close(LOOK_FOR_SIGNALS));
                if jobs.is_closed() {
                    break;
                }
            } else {
                match next(py, jobs, LOOK_FOR_SIGNALS) {
                    Next::Job(job) => jobs.run(job, py, thread),
                    Next::Nothing => {}
                    Next::Closed => break,
                }
            }
            if let Err(error) = py.check_signals() {
                self.interrupted.notify_one();
                raised.get_or_insert(error);
            }
        }
        py.detach(|| jobs.wait_until_idle(CLEAN_UP));
        match raised {
            Some(error) => Err(error),
            None if self.pressed.load(Ordering::Acquire) => Err(PyKeyboardInterrupt::new_err(())),
            None => Ok(()),
        }
    }

    /// Takes note that a task was interrupted by somebody who pressed Ctrl-C.
    pub(super) fn interrupt(&self) {
        self.pressed.store(true, Ordering::Release);
        self.interrupted.notify_one();
    }
}

impl Drop for Workers {
    /// Threads that were started for a run that never began go home, too.
    fn drop(&mut self) {
        self.jobs.close();
    }
}

/// Does jobs on a thread of its own.
fn work(py: Python<'_>, jobs: &Jobs) {
    // Only an interpreter that shuts down cannot name its threads.
    let Ok(thread) = Thread::current(py) else { return };
    loop {
        match next(py, jobs, NO_HURRY) {
            Next::Job(job) => jobs.run(job, py, thread),
            Next::Nothing => {}
            Next::Closed => return,
        }
    }
}

/// The next job; the interpreter is left to others only while there is none.
fn next(py: Python<'_>, jobs: &Jobs, within: Duration) -> Next {
    match jobs.next(Duration::ZERO) {
        Next::Nothing => py.detach(|| jobs.next(within)),
        next => next,
    }
}
