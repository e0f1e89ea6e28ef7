//! `castra.times`: instants as text.

use jiff::Timestamp;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

/// How many microseconds after 1970-01-01 00:00 UTC the instant is that a text such as `2020-01-01T09:00:00+01:00` names.
///
/// # Errors
/// `ValueError` if it names none.
#[pyfunction]
pub(crate) fn microseconds_since_epoch(text: &str) -> PyResult<i64> {
    Ok(instant(text)?.as_microsecond())
}

/// The instant that a text names.
///
/// # Errors
/// As [`microseconds_since_epoch`].
pub(crate) fn instant(text: &str) -> PyResult<Timestamp> {
    let refused =
        |_| PyValueError::new_err(format!("{text:?} is no instant such as 2020-01-01T09:00:00+01:00"));
    text.parse().map_err(refused)
}
