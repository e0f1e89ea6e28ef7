//! A custom job as Google tells of it, cut down to what is looked at. What it means is decided in `verdict.rs`.

use castra_render::vertex::LAUNCH_ID_LABEL;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

/// A custom job.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Job {
    /// `projects/…/locations/…/customJobs/…`.
    pub(crate) name: String,
    /// The launch that it is of; `None` for somebody else's job.
    pub(crate) launch_id: Option<Uuid>,
    pub(crate) state: JobState,
    pub(crate) error: Option<Status>,
    /// When it first ran.
    pub(crate) started_at: Option<Timestamp>,
    pub(crate) ended_at: Option<Timestamp>,
    /// Only as far as the specification was asked for.
    pub(crate) spec: JobSpec,
}

/// What of its specification its end may be told with.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct JobSpec {
    /// How long it may run.
    pub(crate) timeout: Option<SignedDuration>,
    /// The image of the flow run's container.
    pub(crate) image: Option<String>,
    /// True if more runs than the flow run's container: then that may run before all of the job does.
    pub(crate) has_others: bool,
}

/// `JobState`, without its prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum JobState {
    Queued,
    Pending,
    Running,
    Succeeded,
    Failed,
    Cancelling,
    Cancelled,
    Paused,
    Expired,
    /// One that Google has added since, in its word.
    Other(String),
}

/// `google.rpc.Status`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct Status {
    /// `google.rpc.Code`, as a number.
    #[serde(default)]
    pub(crate) code: i32,
    #[serde(default)]
    pub(crate) message: String,
}

/// The codes that are looked at.
pub(crate) mod code {
    pub(crate) const DEADLINE_EXCEEDED: i32 = 4;
    pub(crate) const RESOURCE_EXHAUSTED: i32 = 8;
    pub(crate) const INTERNAL: i32 = 13;
    pub(crate) const UNAVAILABLE: i32 = 14;
}

impl JobState {
    /// The states from which a job never moves on, in Google's words.
    pub(crate) const FINAL: [&str; 5] = [
        "JOB_STATE_SUCCEEDED",
        "JOB_STATE_FAILED",
        "JOB_STATE_CANCELLED",
        "JOB_STATE_EXPIRED",
        "JOB_STATE_PARTIALLY_SUCCEEDED",
    ];

    fn from_google(word: &str) -> Self {
        match word.trim_start_matches("JOB_STATE_") {
            "QUEUED" | "UNSPECIFIED" | "" => Self::Queued,
            "PENDING" => Self::Pending,
            "RUNNING" | "UPDATING" => Self::Running,
            "SUCCEEDED" | "PARTIALLY_SUCCEEDED" => Self::Succeeded,
            "FAILED" => Self::Failed,
            "CANCELLING" => Self::Cancelling,
            "CANCELLED" => Self::Cancelled,
            "PAUSED" => Self::Paused,
            "EXPIRED" => Self::Expired,
            other => Self::Other(other.to_owned()),
        }
    }

    /// Whether the job has ended.
    pub(crate) fn is_final(&self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Cancelled | Self::Expired)
    }
}

impl Job {
    /// A job from Google's JSON; `None` if it is none.
    pub(crate) fn from_google(document: &Value) -> Option<Self> {
        let text = |field: &str| document.get(field)?.as_str();
        let time = |field: &str| text(field)?.parse().ok();
        let status = document.get("error").and_then(|error| Status::deserialize(error).ok());
        Some(Self {
            name: text("name")?.to_owned(),
            launch_id: document["labels"][LAUNCH_ID_LABEL].as_str().and_then(|id| id.parse().ok()),
            state: JobState::from_google(text("state").unwrap_or_default()),
            error: status.filter(|status| *status != Status::default()),
            started_at: time("startTime"),
            ended_at: time("endTime"),
            spec: JobSpec::from_google(&document["jobSpec"]),
        })
    }

    /// Its last part, by which its logs and its page are found.
    pub(crate) fn id(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or_default()
    }
}

impl JobSpec {
    fn from_google(spec: &Value) -> Self {
        let empty = Vec::new();
        let pools = spec["workerPoolSpecs"].as_array().unwrap_or(&empty);
        let replicas = |pool: &Value| {
            let count = &pool["replicaCount"];
            // 64-bit numbers are text in Google's JSON.
            count.as_i64().or_else(|| count.as_str()?.parse().ok()).unwrap_or_default()
        };
        Self {
            timeout: spec["scheduling"]["timeout"].as_str().and_then(seconds),
            image: pools
                .first()
                .and_then(|pool| Some(pool["containerSpec"]["imageUri"].as_str()?.to_owned())),
            has_others: pools.iter().map(replicas).sum::<i64>() > 1,
        }
    }
}

/// A `Duration` in Google's JSON: `3600s`, `1.5s`.
fn seconds(text: &str) -> Option<SignedDuration> {
    SignedDuration::try_from_secs_f64(text.strip_suffix('s')?.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_job_is_read_from_googles_json() {
        let launch_id = Uuid::from_u128(3);
        let document = json!({
            "name": "projects/1/locations/r/customJobs/2",
            "displayName": "etl",
            "jobSpec": {
                "scheduling": { "timeout": "3600s" },
                "workerPoolSpecs": [
                    { "replicaCount": "1", "containerSpec": { "imageUri": "etl:1" } },
                    { "replicaCount": "2", "containerSpec": { "imageUri": "other:1" } },
                ],
            },
            "state": "JOB_STATE_FAILED",
            "startTime": "2026-11-25T10:00:00Z",
            "endTime": "2026-11-25T11:00:00.5Z",
            "error": { "code": 3, "message": "The replica workerpool0-0 exited." },
            "labels": { LAUNCH_ID_LABEL: launch_id },
        });
        let job = Job::from_google(&document).unwrap();
        assert_eq!((job.id(), job.launch_id), ("2", Some(launch_id)));
        assert_eq!(job.state, JobState::Failed);
        assert_eq!(job.error.unwrap().code, 3);
        assert_eq!(job.spec.timeout, Some(SignedDuration::from_hours(1)));
        assert_eq!(job.spec.image.as_deref(), Some("etl:1"));
        assert!(job.spec.has_others && job.started_at < job.ended_at);
    }

    #[test]
    fn what_google_leaves_out_is_not_known() {
        let job = Job::from_google(&json!({ "name": "n", "state": "JOB_STATE_DREAMING" })).unwrap();
        assert_eq!(job.state, JobState::Other("DREAMING".to_owned()));
        assert_eq!((job.launch_id, job.error, job.spec), (None, None, JobSpec::default()));
        assert_eq!(Job::from_google(&json!({})), None);
    }
}
