//! Marks: all that Castra adds to what Prefect's agent sends, so that a task is started once and found again.

use serde_json::{Map, Value, json};

use crate::Order;

/// The tag that says which launch a task is of.
pub const LAUNCH_ID_TAG: &str = "castra.dev/launch-id";

/// Marks a RunTask as this launch's: AWS answers a repeated call with the task of the first one (`clientToken`), tasks can
/// be listed by launch (`startedBy`), and a described task says its launch (a tag). What people set themselves stays.
pub(super) fn mark(run_task: &mut Map<String, Value>, order: &Order) {
    let launch_id = order.launch_id.to_string();
    for field in ["clientToken", "startedBy"] {
        run_task.entry(field).or_insert_with(|| launch_id.as_str().into());
    }
    if let Value::Array(tags) = run_task.entry("tags").or_insert_with(|| json!([])) {
        tags.push(json!({ "key": LAUNCH_ID_TAG, "value": launch_id }));
    }
}
