//! What is wrong with a job template, as far as it is knowable without the cluster that it is for.

use serde_json::Value;

use super::Finding;
use crate::field::shortened;

const FIELD: &str = "job_template";
const POD: &str = "job_template.spec.template.spec";

/// Adds what is wrong.
pub(super) fn check(template: &Value, findings: &mut Vec<Finding>) {
    if !template.is_object() {
        let message = format!("a job template is an object, not {}", shortened(template));
        return findings.push(Finding::error(FIELD, message));
    }
    check_text(template, FIELD, "kind", &["Job"], findings);
    check_text(template, FIELD, "apiVersion", &["batch/v1"], findings);
    match template.pointer("/spec/template/spec") {
        Some(pod @ Value::Object(_)) => check_pod(pod, findings),
        _ => {
            let message =
                "a Job needs an object here, the pod's, with at least one container in `containers`";
            findings.push(Finding::error(POD, message));
        }
    }
}

fn check_pod(pod: &Value, findings: &mut Vec<Finding>) {
    // Where the template says nothing, the agent sets Never.
    check_text(pod, POD, "restartPolicy", &["Never", "OnFailure"], findings);
    let name = pod.pointer("/containers/0/name").and_then(Value::as_str);
    if name.is_none_or(str::is_empty) {
        let message = "the first container, in which the flow run runs, needs a name, e.g. `flow`";
        findings.push(Finding::error(format!("{POD}.containers[0].name"), message));
    }
}

/// A field that may be absent, and otherwise is one of some words.
fn check_text(object: &Value, path: &str, field: &str, allowed: &[&str], findings: &mut Vec<Finding>) {
    let Some(found) = object.get(field) else { return };
    if !allowed.iter().any(|word| found == word) {
        let message = format!("{} does not fit a Job: write {}", shortened(found), allowed.join(" or "));
        findings.push(Finding::error(format!("{path}.{field}"), message));
    }
}
