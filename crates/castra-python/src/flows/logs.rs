//! What Python's loggers say in a tracked run becomes part of its logs, and the names that tasks give their runs are told.

use castra::untyped;
use castra_core::run_report::LogLine;
use jiff::Timestamp;
use pyo3::prelude::*;
use uuid::Uuid;

/// Tells the name of a task run; without a server, nobody hears it.
#[pyfunction]
pub(crate) fn name_task_run(task_run_id: &str, name: String) {
    if let Ok(id) = Uuid::parse_str(task_run_id) {
        untyped::name_task_run(id, name);
    }
}

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
