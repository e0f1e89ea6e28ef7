//! What Python's loggers say in a tracked run becomes part of its logs.

use castra::untyped;
use castra_core::run_report::LogLine;
use jiff::Timestamp;
use pyo3::prelude::*;
use uuid::Uuid;

/// Writes a line into the run's logs, and shows it. `created` is in seconds since 1970.
#[pyfunction]
#[pyo3(signature = (created, level, name, message, task_run_id=None))]
pub(crate) fn log(created: f64, level: String, name: String, message: String, task_run_id: Option<&str>) {
    let instant = Timestamp::from_microsecond((created * 1e6) as i64);
    untyped::log(LogLine {
        timestamp: instant.unwrap_or_else(|_| Timestamp::now()),
        level,
        name,
        message,
        task_run_id: task_run_id.and_then(|id| Uuid::parse_str(id).ok()),
    });
}
