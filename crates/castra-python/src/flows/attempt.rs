//! One attempt of a task of Python's: what the Python side is told of it, and how its answer becomes the engine's outcome.

use std::sync::Arc;

use castra::untyped::{self, Call, Data, ErasedFunction, Outcome};
use castra::{State, StateKind};
use castra_core::state::StateError;
use jiff::Timestamp;
use pyo3::exceptions::{PyKeyboardInterrupt, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyList;
use tokio::sync::oneshot;

use super::jobs::Deliver;
use super::object::{from_data, to_data};
use super::promise::{Promise, Sent};
use super::workers::Workers;
use crate::json;

/// What a task may know about its attempt.
#[pyclass(frozen, get_all, module = "castra._castra")]
pub(crate) struct Attempt {
    /// Which attempt it is, counted from 1.
    number: u32,
    /// Its index if the task is mapped.
    map_index: Option<usize>,
    /// The task run.
    task_run_id: String,
    /// Which round it is, counted from 1, of a task that repeats itself.
    round: u32,
    /// Whether it was paused, and somebody has resumed it or its time has come.
    resumed: bool,
    /// What the round before gave.
    round_result: Py<PyAny>,
    /// How what it waited for has ended: the state's name, those of its children, the result.
    upstream: Vec<(String, Vec<String>, Py<PyAny>)>,
}

#[pymethods]
impl Attempt {
    /// What an attempt that is made in another process may know.
    #[new]
    fn new(
        number: u32,
        map_index: Option<usize>,
        task_run_id: String,
        resumed: bool,
        rounds: (u32, Py<PyAny>),
        upstream: Vec<(String, Vec<String>, Py<PyAny>)>,
    ) -> Self {
        let (round, round_result) = rounds;
        Attempt { number, map_index, task_run_id, round, resumed, round_result, upstream }
    }
}

/// How an attempt went, as Python says it: see [`outcome`].
type Answer<'py> = (String, String, Bound<'py, PyAny>, bool, Option<Bound<'py, PyAny>>);

/// What comes of calling Python for an attempt.
enum Called {
    /// It was made.
    Made(Outcome),
    /// It is under way elsewhere.
    Sent(Py<Promise>),
}

/// The engine's function for a task whose attempts are made by calling `call(values, attempt)`; the answer is
/// an [`Answer`], or a [`Promise`] that will bring it.
pub(super) fn function(call: Py<PyAny>, workers: Py<Workers>) -> ErasedFunction {
    let call = Arc::new((call, workers));
    Arc::new(move |given| {
        let call = Arc::clone(&call);
        let (told, ended) = oneshot::channel();
        let jobs = Arc::clone(&call.1.get().jobs);
        let (sent, sending) = Sent::new(Arc::clone(&jobs), told, given.stopwatch.clone());
        let job = move |py: Python<'_>| -> Deliver {
            let called = answer(py, &call.0, given).and_then(called);
            let pressed = called.as_ref().is_err_and(|error| error.is_instance_of::<PyKeyboardInterrupt>(py));
            let called = called.unwrap_or_else(|error| Called::Made(failed(error.to_string())));
            Box::new(move |given_up| {
                if pressed && !given_up {
                    call.1.get().interrupt();
                }
                match called {
                    Called::Made(outcome) => sending.made(outcome),
                    Called::Sent(promise) => sending.sent(promise, given_up),
                }
            })
        };
        Box::pin(async move {
            let handle = jobs.submit(job);
            let outcome = ended.await.unwrap_or_else(|_| failed("The attempt was given up.".to_owned()));
            drop(handle);
            sent.ended();
            outcome
        })
    })
}

fn called(answer: Bound<'_, PyAny>) -> PyResult<Called> {
    match answer.cast_into::<Promise>() {
        Ok(promise) => Ok(Called::Sent(promise.unbind())),
        Err(answer) => outcome(&answer.into_inner()).map(Called::Made),
    }
}

fn answer<'py>(py: Python<'py>, call: &Py<PyAny>, given: Call) -> PyResult<Bound<'py, PyAny>> {
    let values: Vec<_> = given.inputs.iter().map(|input| from_data(py, input)).collect::<PyResult<_>>()?;
    let upstream = given.upstream.iter().map(|upstream| ended(py, upstream)).collect::<PyResult<_>>()?;
    let attempt = Attempt {
        number: given.context.attempt,
        map_index: given.context.map_index,
        task_run_id: given.context.task_run_id.to_string(),
        round: given.rounds.number,
        resumed: given.context.resumed,
        round_result: from_data(py, &given.rounds.result)?.unbind(),
        upstream,
    };
    call.bind(py).call1((PyList::new(py, values)?, attempt))
}

fn ended(py: Python<'_>, upstream: &untyped::Upstream) -> PyResult<(String, Vec<String>, Py<PyAny>)> {
    let children = upstream.children.iter().map(ToString::to_string).collect();
    Ok((upstream.kind.to_string(), children, from_data(py, &upstream.data)?.unbind()))
}

/// Reads `(name, message, result, is_final, stored)`: of Retrying and Paused, the result is the time in ISO 8601, if there is one;
/// `stored` says where the result is, in its wire form, if it is stored.
///
/// # Errors
/// It is no such answer.
pub(super) fn outcome(answer: &Bound<'_, PyAny>) -> PyResult<Outcome> {
    let (name, message, result, is_final, stored): Answer<'_> = answer.extract()?;
    let kind: StateKind =
        name.parse().map_err(|error: StateError| PyValueError::new_err(error.to_string()))?;
    let state = match stored {
        Some(stored) => State::new(kind, message).with("_result", json::to_json("result", &stored)?),
        None => State::new(kind, message),
    };
    Ok(match kind {
        StateKind::Looped => Outcome::Looped(state, to_data(result)),
        StateKind::Paused if result.is_none() => Outcome::Paused(state),
        StateKind::Paused => Outcome::Paused(state.with("start_time", time(&result)?.to_string())),
        StateKind::Retrying => Outcome::Again(time(&result)?, state.message().to_owned()),
        _ if is_final => Outcome::Ended(state, to_data(result)),
        _ => Outcome::Failed(state, to_data(result)),
    })
}

fn time(text: &Bound<'_, PyAny>) -> PyResult<Timestamp> {
    let text: String = text.extract()?;
    text.parse().map_err(|error| PyValueError::new_err(format!("`start_time` is no time: {error}")))
}

/// A failure of Castra's own making.
pub(super) fn failed(message: String) -> Outcome {
    Outcome::Failed(State::new(StateKind::Failed, message), Data::nothing())
}

/// A state in its wire form, as a dict.
///
/// # Errors
/// Python is out of memory.
pub(super) fn state_dict<'py>(py: Python<'py>, state: &State) -> PyResult<Bound<'py, PyAny>> {
    json::from_json(py, &state.to_json())
}
