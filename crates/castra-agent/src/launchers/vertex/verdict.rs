//! Verdict: what a custom job as Google tells of it means for the launch: how far it has come, what holds it up, whether and
//! why it is over. Pure; the words of failures are `failure.rs`'s.

use castra_core::cause::Cause;
use castra_core::launch::LaunchPhase;
use jiff::SignedDuration;

use super::failure::failure;
use super::job::{Job, JobState, code};

/// How a launch stands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Verdict {
    /// How far it has come.
    pub(crate) phase: LaunchPhase,
    /// What it is busy with or held up by; empty if by nothing.
    pub(crate) detail: String,
    /// Why it is over, if it is.
    pub(crate) end: Option<Cause>,
}

/// How a launch stands; `is_stopped`: Castra has asked Google to cancel it.
pub(crate) fn verdict(job: &Job, is_stopped: bool) -> Verdict {
    // A job that runs no more may have run between two looks.
    let has_run = job.started_at.is_some() || matches!(job.state, JobState::Running | JobState::Succeeded);
    Verdict {
        phase: if has_run { LaunchPhase::Started } else { LaunchPhase::Submitted },
        detail: detail(job),
        end: job.state.is_final().then(|| end(job, is_stopped)),
    }
}

fn detail(job: &Job) -> String {
    let what = match &job.state {
        JobState::Queued => {
            "queued by Vertex AI, which starts a job once the project's quotas for its machines have room"
                .to_owned()
        }
        JobState::Pending => "Vertex AI is getting its machines ready".to_owned(),
        JobState::Paused => "Vertex AI has paused it".to_owned(),
        JobState::Cancelling => "Vertex AI is cancelling it".to_owned(),
        JobState::Other(word) => format!("Vertex AI has it in the state {word}"),
        JobState::Running
        | JobState::Succeeded
        | JobState::Failed
        | JobState::Cancelled
        | JobState::Expired => return String::new(),
    };
    match job.error.as_ref().map(|error| error.message.trim()).filter(|message| !message.is_empty()) {
        Some(message) => format!("{what}: {message}"),
        None => what,
    }
}

fn end(job: &Job, is_stopped: bool) -> Cause {
    match job.state {
        JobState::Succeeded => Cause::Exited { code: 0 },
        JobState::Cancelled if is_stopped => Cause::Stopped { signal: "CancelCustomJob".to_owned() },
        JobState::Expired => deadline(job),
        _ if is_out_of_time(job) => deadline(job),
        JobState::Cancelled => Cause::Removed { what: format!("the custom job {} was cancelled", job.id()) },
        _ => failure(job),
    }
}

/// Google ends a job that has run for its time, and says so by a code, in words, or not at all.
fn is_out_of_time(job: &Job) -> bool {
    let says = |error: &super::job::Status| {
        let words = error.message.to_lowercase();
        error.code == code::DEADLINE_EXCEEDED || words.contains("timeout") || words.contains("timed out")
    };
    let took = job.started_at.zip(job.ended_at).map(|(started, ended)| ended.duration_since(started));
    let is_past = took.zip(job.spec.timeout).is_some_and(|(took, timeout)| took >= timeout);
    match job.state {
        JobState::Cancelled => is_past || job.error.as_ref().is_some_and(says),
        _ => job.error.as_ref().is_some_and(says),
    }
}

fn deadline(job: &Job) -> Cause {
    let what = match job.spec.timeout {
        Some(timeout) => format!(
            "the custom job {} ran longer than the timeout of {} in its scheduling",
            job.id(),
            seconds(timeout)
        ),
        None => format!("the custom job {} ran longer than it was allowed", job.id()),
    };
    Cause::Removed { what }
}

/// As run configs give it: `3600s`.
fn seconds(timeout: SignedDuration) -> String {
    format!("{}s", timeout.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn of(document: Value, is_stopped: bool) -> Verdict {
        let mut job = json!({ "name": "projects/1/locations/r/customJobs/42" });
        job.as_object_mut().unwrap().extend(document.as_object().unwrap().clone());
        verdict(&Job::from_google(&job).unwrap(), is_stopped)
    }

    fn words(document: Value) -> String {
        of(document, false).end.map_or_else(|| "goes on".to_owned(), |cause| cause.to_string())
    }

    #[test]
    fn a_job_that_waits_says_what_for() {
        let detail = |state: &str, error: Value| {
            let Verdict { phase, detail, end } = of(json!({ "state": state, "error": error }), false);
            assert_eq!((phase, end), (LaunchPhase::Submitted, None));
            detail
        };
        insta::assert_snapshot!(detail("JOB_STATE_QUEUED", Value::Null), @"queued by Vertex AI, which starts a job once the project's quotas for its machines have room");
        insta::assert_snapshot!(detail("JOB_STATE_PENDING", Value::Null), @"Vertex AI is getting its machines ready");
        insta::assert_snapshot!(detail("JOB_STATE_PENDING", json!({ "code": 8, "message": "Resources are insufficient in region: r." })), @"Vertex AI is getting its machines ready: Resources are insufficient in region: r.");
        insta::assert_snapshot!(detail("JOB_STATE_NEW", Value::Null), @"Vertex AI has it in the state NEW");
    }

    #[test]
    fn a_job_that_runs_has_started() {
        let running = of(json!({ "state": "JOB_STATE_RUNNING" }), false);
        assert_eq!(running, Verdict { phase: LaunchPhase::Started, detail: String::new(), end: None });
        // A machine is exchanged under it.
        let again = of(json!({ "state": "JOB_STATE_PENDING", "startTime": "2026-11-25T10:00:00Z" }), false);
        assert_eq!(again.phase, LaunchPhase::Started);
    }

    #[test]
    fn an_end_is_told_by_its_state() {
        insta::assert_snapshot!(words(json!({ "state": "JOB_STATE_SUCCEEDED" })), @"The flow run's process exited with code 0");
        insta::assert_snapshot!(words(json!({ "state": "JOB_STATE_FAILED", "error": { "code": 3, "message": "The replica workerpool0-0 exited with a non-zero status of 7." } })), @"The flow run's process failed with exit code 7");
        insta::assert_snapshot!(words(json!({ "state": "JOB_STATE_CANCELLED", "error": { "code": 1, "message": "CANCELED" } })), @"The flow run was ended from outside: the custom job 42 was cancelled, which Castra did not do");
        assert_eq!(words(json!({ "state": "JOB_STATE_CANCELLING" })), "goes on");
    }

    #[test]
    fn what_castra_cancelled_was_stopped_unless_it_ended_by_itself() {
        let stopped = |state: &str| of(json!({ "state": state }), true).end.unwrap().to_string();
        insta::assert_snapshot!(stopped("JOB_STATE_CANCELLED"), @"The flow run's process was stopped with CancelCustomJob");
        insta::assert_snapshot!(stopped("JOB_STATE_SUCCEEDED"), @"The flow run's process exited with code 0");
    }

    #[test]
    fn a_timeout_is_told_with_its_length() {
        let spec = json!({ "scheduling": { "timeout": "3600s" } });
        let expired = words(json!({ "state": "JOB_STATE_EXPIRED", "jobSpec": spec }));
        insta::assert_snapshot!(expired, @"The flow run was ended from outside: the custom job 42 ran longer than the timeout of 3600s in its scheduling, which Castra did not do");
        let failed = json!({ "state": "JOB_STATE_FAILED", "jobSpec": spec, "error": { "code": 4, "message": "Job timed out." } });
        assert_eq!(words(failed), expired);
        let cancelled = json!({
            "state": "JOB_STATE_CANCELLED", "jobSpec": spec, "error": { "code": 1, "message": "CANCELED" },
            "startTime": "2026-11-25T10:00:00Z", "endTime": "2026-11-25T11:00:02Z",
        });
        assert_eq!(words(cancelled), expired);
        let unknown = words(json!({ "state": "JOB_STATE_EXPIRED" }));
        insta::assert_snapshot!(unknown, @"The flow run was ended from outside: the custom job 42 ran longer than it was allowed, which Castra did not do");
    }
}
