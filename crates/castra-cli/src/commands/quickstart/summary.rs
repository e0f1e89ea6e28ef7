//! The table at the end of the quickstart.

use jiff::Timestamp;
use serde_json::Value;

use super::progress::{place, task_counts};
use crate::output::{Column, Format, list, print_rows, text};

const COLUMNS: &[Column] = &[
    Column { title: "FLOW", cell: |run| text(run, "/flow/name") },
    Column { title: "RUN", cell: |run| text(run, "/name") },
    Column { title: "RUN CONFIG", cell: |run| text(run, "/run_config/type") },
    Column { title: "LABELS", cell: |run| list(run, "/labels") },
    Column { title: "LAUNCHED", cell: place },
    Column { title: "STATE", cell: |run| text(run, "/state") },
    Column { title: "TASKS", cell: |run| task_counts(run).0.to_string() },
    Column { title: "SECONDS", cell: seconds },
];

/// Prints a row per run.
pub(super) fn print(runs: &[Value]) {
    print_rows(Format::Table, runs, COLUMNS, "No runs.");
}

fn seconds(run: &Value) -> String {
    let instant = |field: &str| run[field].as_str().and_then(|text| text.parse::<Timestamp>().ok());
    match (instant("start_time"), instant("end_time")) {
        (Some(start), Some(end)) => {
            format!("{:.2}", (end - start).total(jiff::Unit::Second).unwrap_or_default())
        }
        _ => "-".to_owned(),
    }
}
