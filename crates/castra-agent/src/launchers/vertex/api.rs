//! The requests to Google's REST APIs, one function each, and what their refusals mean. JSON goes out as it was written, so that
//! fields which nobody here knows reach Google. What is asked for when is decided in `client.rs` and `poll.rs`.

use std::fmt;
use std::future::Future;
use std::time::Duration;

use castra_render::vertex::{LAUNCH_ID_LABEL, VertexConfig};
use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tokio::time::sleep;
use uuid::Uuid;

use super::identity::Identity;
use super::job::{Job, JobState};
use crate::launchers::last_lines::LAST_LINES;
use crate::launchers::location::innermost;
use crate::launchers::tls::install_tls_provider;

/// How long one answer may take.
const ANSWER: Duration = Duration::from_secs(30);
const FIRST_DELAY: Duration = Duration::from_millis(500);
const MAX_DELAY: Duration = Duration::from_secs(30);
/// The most jobs that Google lists at once.
const PAGE: &str = "100";
/// What a look at running jobs needs. The specification, with the credential in it, stays where it is.
const SUMMARY: &str = "name,state,error,labels,startTime";

/// Why there is no answer to work with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ApiError {
    /// The agent cannot say who it is.
    NoCredentials {
        /// What google-cloud-auth says.
        reason: String,
        /// What to do.
        hint: &'static str,
    },
    /// Nobody answered.
    Away {
        /// What happened.
        reason: String,
        /// Whether the request may have arrived all the same.
        may_have_arrived: bool,
    },
    /// Google refused.
    Refused {
        /// The status of the answer.
        status: u16,
        /// Google's words.
        message: String,
    },
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCredentials { reason, hint } => {
                write!(f, "the agent has no working credentials for Google Cloud ({reason}): {hint}")
            }
            Self::Away { reason, .. } => write!(f, "Google does not answer: {reason}"),
            Self::Refused { status, message } => write!(f, "Google answers with status {status}: {message}"),
        }
    }
}

impl ApiError {
    /// Whether asking again may help: there was no answer, or none for now, or whoever keeps the agent renews its
    /// credentials.
    pub(crate) fn is_transient(&self) -> bool {
        match self {
            Self::NoCredentials { .. } | Self::Away { .. } => true,
            Self::Refused { status, .. } => matches!(status, 401 | 408 | 429 | 500..),
        }
    }

    /// Whether a request that changes something may have changed it.
    pub(crate) fn may_have_arrived(&self) -> bool {
        match self {
            Self::NoCredentials { .. } => false,
            Self::Away { may_have_arrived, .. } => *may_have_arrived,
            Self::Refused { status, .. } => matches!(status, 408 | 500..),
        }
    }

    /// Whether what was asked for does not exist.
    pub(crate) fn is_not_found(&self) -> bool {
        matches!(self, Self::Refused { status: 404, .. })
    }
}

/// The jobs of one project in one region.
#[derive(Clone)]
pub(crate) struct Jobs {
    http: Client,
    identity: Identity,
    /// `https://…/v1`
    vertex: String,
    logging: String,
    project: String,
    /// `projects/…/locations/…`
    parent: String,
}

/// What a listing has brought.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    pub(crate) jobs: Vec<Job>,
    /// How many requests it took.
    pub(crate) requests: u32,
}

impl Jobs {
    pub(crate) fn new(
        config: &VertexConfig,
        project: &str,
        identity: Identity,
    ) -> Result<Self, reqwest::Error> {
        install_tls_provider();
        Ok(Self {
            http: Client::builder().timeout(ANSWER).build()?,
            identity,
            vertex: format!("{}/v1", config.vertex()),
            logging: config.logging(),
            project: project.to_owned(),
            parent: config.parent(project),
        })
    }

    /// `projects/…/locations/…`
    pub(crate) fn parent(&self) -> &str {
        &self.parent
    }

    /// See that Google answers and lets the agent look at jobs.
    pub(crate) async fn are_readable(&self) -> Result<(), ApiError> {
        let query =
            [("filter", of_any_launch()), ("pageSize", "1".to_owned()), ("readMask", "name".to_owned())];
        self.ask(self.http.get(self.custom_jobs()).query(&query)).await.map(drop)
    }

    /// `CreateCustomJob`. The answer to it is the only one that tells the job's name.
    pub(crate) async fn create(&self, job: &Value) -> Result<Job, ApiError> {
        job_of(&self.ask(self.http.post(self.custom_jobs()).json(job)).await?)
    }

    /// `GetCustomJob`; `None` if there is none of this name.
    pub(crate) async fn get(&self, name: &str) -> Result<Option<Job>, ApiError> {
        match self.ask(self.http.get(self.url(name))).await {
            Ok(answer) => job_of(&answer).map(Some),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// All jobs of launches that have not ended, in summaries.
    pub(crate) async fn unfinished(&self) -> Result<Listing, ApiError> {
        let unfinished = JobState::FINAL.map(|state| format!(r#" AND state!="{state}""#)).concat();
        self.list(&format!("{}{unfinished}", of_any_launch()), Some(SUMMARY)).await
    }

    /// The jobs of a launch, in whatever state: one, if any.
    pub(crate) async fn of_launch(&self, launch_id: Uuid) -> Result<Vec<Job>, ApiError> {
        Ok(self.list(&format!(r#"labels.{LAUNCH_ID_LABEL}="{launch_id}""#), None).await?.jobs)
    }

    /// `ListCustomJobs`, page after page.
    async fn list(&self, filter: &str, mask: Option<&str>) -> Result<Listing, ApiError> {
        let mut listing = Listing::default();
        let mut page = String::new();
        loop {
            let query = [("filter", filter), ("pageSize", PAGE), ("pageToken", &page)];
            let request = self.http.get(self.custom_jobs()).query(&query);
            let request = mask.iter().fold(request, |request, mask| request.query(&[("readMask", mask)]));
            let answer = self.ask(request).await?;
            listing.requests += 1;
            let jobs = answer["customJobs"].as_array();
            listing.jobs.extend(jobs.into_iter().flatten().filter_map(Job::from_google));
            match answer["nextPageToken"].as_str().filter(|token| !token.is_empty()) {
                Some(token) => page = token.to_owned(),
                None => return Ok(listing),
            }
        }
    }

    /// `CancelCustomJob`: asks for it; the job's state tells what comes of it. True for one that is not there.
    pub(crate) async fn cancel(&self, name: &str) -> Result<(), ApiError> {
        let request = self.http.post(format!("{}:cancel", self.url(name))).json(&json!({}));
        unless_gone(self.ask(request).await)
    }

    /// `DeleteCustomJob`, of one that has ended. True for one that is not there.
    pub(crate) async fn delete(&self, name: &str) -> Result<(), ApiError> {
        unless_gone(self.ask(self.http.delete(self.url(name))).await)
    }

    /// The last entries that a job's first replica has logged, newest first (Cloud Logging's `entries.list`).
    pub(crate) async fn last_entries(&self, job_id: &str) -> Result<Vec<Value>, ApiError> {
        let filter = format!(
            r#"resource.type="ml_job" AND resource.labels.job_id="{job_id}" AND resource.labels.task_name="workerpool0-0""#
        );
        let body = json!({
            "resourceNames": [format!("projects/{}", self.project)],
            "filter": filter,
            "orderBy": "timestamp desc",
            "pageSize": LAST_LINES,
        });
        let mut answer =
            self.ask(self.http.post(format!("{}/v2/entries:list", self.logging)).json(&body)).await?;
        match answer["entries"].take() {
            Value::Array(entries) => Ok(entries),
            _ => Ok(Vec::new()),
        }
    }

    fn custom_jobs(&self) -> String {
        format!("{}/{}/customJobs", self.vertex, self.parent)
    }

    fn url(&self, name: &str) -> String {
        format!("{}/{name}", self.vertex)
    }

    /// Sends a request with the agent's credentials and reads the answer.
    async fn ask(&self, request: RequestBuilder) -> Result<Value, ApiError> {
        let headers = self.identity.headers().await?;
        let answer = request.headers(headers).send().await.map_err(away)?;
        let status = answer.status();
        let text = answer.text().await.map_err(away)?;
        if !status.is_success() {
            return Err(refusal(status, &text));
        }
        serde_json::from_str(&text).map_err(|error| ApiError::Away {
            reason: format!("its answer is not JSON: {error}"),
            may_have_arrived: true,
        })
    }
}

fn of_any_launch() -> String {
    format!("labels.{LAUNCH_ID_LABEL}:*")
}

fn unless_gone(answered: Result<Value, ApiError>) -> Result<(), ApiError> {
    match answered {
        Err(error) if !error.is_not_found() => Err(error),
        _ => Ok(()),
    }
}

fn away(error: reqwest::Error) -> ApiError {
    let may_have_arrived = !error.is_connect() && !error.is_builder();
    let host = error.url().and_then(|url| url.host_str()).map(|host| format!("{host}: ")).unwrap_or_default();
    let reason = match error.is_timeout() {
        true => format!("{host}no answer within {} s", ANSWER.as_secs()),
        false => format!("{host}{}", innermost(&error)),
    };
    ApiError::Away { reason, may_have_arrived }
}

/// The job in an answer.
fn job_of(answer: &Value) -> Result<Job, ApiError> {
    let nameless =
        || ApiError::Away { reason: "its answer names no custom job".to_owned(), may_have_arrived: true };
    Job::from_google(answer).ok_or_else(nameless)
}

/// What a refusal says, in Google's words.
fn refusal(status: StatusCode, text: &str) -> ApiError {
    let document = serde_json::from_str::<Value>(text).unwrap_or_default();
    let error = &document["error"];
    if status == StatusCode::NOT_FOUND && !error.is_object() {
        // Whoever else stands at that address does not know which jobs there are.
        let reason = "what answers at its address with status 404 is not its API".to_owned();
        return ApiError::Away { reason, may_have_arrived: false };
    }
    // Without what is only laid out for people.
    let words: Vec<&str> = error["message"].as_str().unwrap_or_default().split_whitespace().collect();
    let message = match words.is_empty() {
        true => status.canonical_reason().unwrap_or("no reason is given").to_owned(),
        false => words.join(" "),
    };
    ApiError::Refused { status: status.as_u16(), message }
}

/// Asks until there is an answer that no waiting mends.
pub(crate) async fn until_answered<T, F>(what: &str, ask: impl Fn() -> F) -> Result<T, ApiError>
where
    F: Future<Output = Result<T, ApiError>>,
{
    let mut delay = FIRST_DELAY;
    loop {
        match ask().await {
            Err(error) if error.is_transient() => {
                tracing::warn!(%error, "cannot {what}; trying again until it works");
                sleep(delay).await;
                delay = (delay * 2).min(MAX_DELAY);
            }
            answered => return answered,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16) -> ApiError {
        ApiError::Refused { status, message: "no".to_owned() }
    }

    #[test]
    fn what_waiting_may_mend_is_asked_again() {
        assert_eq!([401, 408, 429, 500, 503].map(|status| refused(status).is_transient()), [true; 5]);
        assert_eq!([400, 403, 404, 409].map(|status| refused(status).is_transient()), [false; 4]);
    }

    #[test]
    fn only_a_lost_answer_leaves_open_whether_something_was_created() {
        assert_eq!([408, 500, 503].map(|status| refused(status).may_have_arrived()), [true; 3]);
        assert_eq!([400, 401, 403, 404, 429].map(|status| refused(status).may_have_arrived()), [false; 5]);
    }

    #[test]
    fn googles_words_are_told() {
        let text = r#"{"error": {"code": 400, "message": "Invalid JSON payload received.\n Unknown name", "status": "INVALID_ARGUMENT"}}"#;
        let message = "Invalid JSON payload received. Unknown name".to_owned();
        assert_eq!(refusal(StatusCode::BAD_REQUEST, text), ApiError::Refused { status: 400, message });
        let message = "Bad Gateway".to_owned();
        assert_eq!(refusal(StatusCode::BAD_GATEWAY, "<html>"), ApiError::Refused { status: 502, message });
    }

    #[test]
    fn only_google_knows_that_a_job_is_not_there() {
        let text =
            r#"{"error": {"code": 404, "message": "The CustomJob does not exist.", "status": "NOT_FOUND"}}"#;
        assert!(refusal(StatusCode::NOT_FOUND, text).is_not_found());
        let of_a_proxy = refusal(StatusCode::NOT_FOUND, "<html>");
        assert!(!of_a_proxy.is_not_found() && of_a_proxy.is_transient());
    }
}
