//! `castra.schedules`: schedules as castra-core checks, writes and reckons them.

use castra_core::schedule::{Schedule, ScheduledEvent};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::{json, times};

/// An event: microseconds after 1970-01-01 00:00 UTC, parameters, labels.
type Event<'py> = (i64, Bound<'py, PyAny>, Option<Vec<String>>);

/// A schedule in the form in which it is registered, checked.
///
/// # Errors
/// `ValueError` for what no schedule can be, `TypeError` for a value without JSON.
#[pyfunction]
pub(crate) fn schedule_to_json<'py>(document: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    json::from_json(document.py(), &read(document)?.to_json())
}

/// The next `n` events of a schedule after an instant.
///
/// # Errors
/// As [`schedule_to_json`].
#[pyfunction]
pub(crate) fn schedule_events<'py>(
    document: &Bound<'py, PyAny>,
    after: &str,
    n: usize,
) -> PyResult<Vec<Event<'py>>> {
    let python = document.py();
    let (schedule, after) = (read(document)?, times::instant(after)?);
    let events = python.detach(|| schedule.next(after, n));
    let event = |event: ScheduledEvent| {
        let parameters = json::from_json(python, &event.parameter_defaults.into())?;
        Ok((event.start_time.as_microsecond(), parameters, event.labels))
    };
    events.into_iter().map(event).collect()
}

fn read(document: &Bound<'_, PyAny>) -> PyResult<Schedule> {
    Schedule::from_json(&json::to_json("schedule", document)?)
        .map_err(|error| PyValueError::new_err(error.to_string()))
}
