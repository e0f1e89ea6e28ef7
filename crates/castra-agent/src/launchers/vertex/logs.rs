//! The last lines that a flow run has printed, from Cloud Logging, where Vertex AI takes them.

use serde_json::Value;

use super::api::Jobs;
use super::job::Job;
use crate::launchers::last_lines::{last_lines, without_credential};

/// The last lines of the flow run's container, oldest first, without the launch's credential. None if the agent may not read
/// them: they are no part of what it must be able to do.
pub(crate) async fn last_lines_of(jobs: &Jobs, job: &Job) -> Vec<String> {
    let entries = match jobs.last_entries(job.id()).await {
        Ok(entries) => entries,
        Err(error) => {
            tracing::debug!(job = job.name, %error, "what a flow run has printed cannot be read");
            return Vec::new();
        }
    };
    let lines: Vec<&str> = entries.iter().rev().filter_map(words).collect();
    let text = lines.join("\n");
    match job.launch_id {
        Some(launch_id) => last_lines(without_credential(&text, launch_id).as_bytes(), None),
        None => last_lines(text.as_bytes(), None),
    }
}

/// What was printed; Vertex AI takes lines of JSON apart.
fn words(entry: &Value) -> Option<&str> {
    let text = entry["textPayload"].as_str();
    let text = text.or_else(|| entry["jsonPayload"]["message"].as_str())?;
    Some(text.trim_end_matches('\n'))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_entry_may_be_text_or_json() {
        assert_eq!(words(&json!({ "textPayload": "one\n" })), Some("one"));
        assert_eq!(words(&json!({ "jsonPayload": { "message": "two" } })), Some("two"));
        assert_eq!(words(&json!({ "protoPayload": {} })), None);
    }
}
