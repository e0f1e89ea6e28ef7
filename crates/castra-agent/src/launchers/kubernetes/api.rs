//! The requests to the API server, one function each, and what its refusals mean. What is asked for when is decided in
//! `client.rs`.

use std::future::Future;
use std::time::Duration;

use castra_render::kubernetes::LAUNCH_ID_LABEL;
use futures::AsyncReadExt;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{Pod, Secret};
use kube::api::{
    Api, DeleteParams, ListParams, LogParams, Patch, PatchParams, PostParams, Preconditions,
    PropagationPolicy,
};
use kube::core::Request;
use kube::{Client, Error};
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use crate::launchers::last_lines::{LAST_LINES, Tail};

/// How long one answer may take.
const ANSWER: Duration = Duration::from_secs(30);
const FIRST_DELAY: Duration = Duration::from_millis(200);
const MAX_DELAY: Duration = Duration::from_secs(10);

/// A job, and no other that may once have its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct JobId {
    pub(crate) name: String,
    pub(crate) uid: String,
}

/// A namespace of a cluster.
#[derive(Clone)]
pub(crate) struct Namespace {
    client: Client,
    name: String,
}

impl Namespace {
    pub(crate) fn new(client: Client, name: impl Into<String>) -> Self {
        Self { client, name: name.into() }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    fn jobs(&self) -> Api<Job> {
        Api::namespaced(self.client.clone(), &self.name)
    }

    fn pods(&self) -> Api<Pod> {
        Api::namespaced(self.client.clone(), &self.name)
    }

    /// Whether the agent may look at its jobs and pods at all; see that the server answers.
    pub(crate) async fn is_readable(&self) -> Result<(), Error> {
        let one = ListParams::default().labels(LAUNCH_ID_LABEL).limit(1);
        answer(self.jobs().list_metadata(&one)).await?;
        answer(self.pods().list_metadata(&one)).await.map(drop)
    }

    /// Creates the job exactly as it was rendered: fields that this version of the library does not know go as well.
    pub(crate) async fn create_job(&self, job: &Value, dry_run: bool) -> Result<Job, Error> {
        let path = format!("/apis/batch/v1/namespaces/{}/jobs", self.name);
        let parameters = PostParams { dry_run, ..PostParams::default() };
        let request = Request::new(path).create(&parameters, job.to_string().into_bytes());
        answer(self.client.request(request.map_err(Error::BuildRequest)?)).await
    }

    /// Creates a Secret. The answer repeats what is in it, so it is not even read.
    pub(crate) async fn create_secret(&self, secret: &Value) -> Result<(), Error> {
        let path = format!("/api/v1/namespaces/{}/secrets", self.name);
        let request = Request::new(path).create(&PostParams::default(), secret.to_string().into_bytes());
        answer(self.client.request_text(request.map_err(Error::BuildRequest)?)).await.map(drop)
    }

    /// Kubernetes is not to start the job's pod again.
    pub(crate) async fn start_once(&self, job: &str) -> Result<Job, Error> {
        let patch = Patch::Merge(json!({ "spec": { "backoffLimit": 0 } }));
        answer(self.jobs().patch(job, &PatchParams::default(), &patch)).await
    }

    pub(crate) async fn job(&self, name: &str) -> Result<Option<Job>, Error> {
        answer(self.jobs().get_opt(name)).await
    }

    /// The jobs of this launch, or of all launches.
    pub(crate) async fn list_jobs(&self, launch_id: Option<Uuid>) -> Result<Vec<Job>, Error> {
        Ok(answer(self.jobs().list(&of_launch(launch_id))).await?.items)
    }

    /// The pods of this launch, or of all launches.
    pub(crate) async fn list_pods(&self, launch_id: Option<Uuid>) -> Result<Vec<Pod>, Error> {
        Ok(answer(self.pods().list(&of_launch(launch_id))).await?.items)
    }

    pub(crate) async fn has_secret(&self, name: &str) -> Result<bool, Error> {
        let secrets = Api::<Secret>::namespaced(self.client.clone(), &self.name);
        Ok(answer(secrets.get_metadata_opt(name)).await?.is_some())
    }

    /// Deletes the Secret; true for one that is not there.
    pub(crate) async fn delete_secret(&self, name: &str) -> Result<(), Error> {
        let path = format!("/api/v1/namespaces/{}/secrets", self.name);
        let request = Request::new(path).delete(name, &DeleteParams::default());
        let deleted = answer(self.client.request_text(request.map_err(Error::BuildRequest)?)).await;
        unless_gone(deleted.map(drop))
    }

    /// Deletes the job. In the foreground it stays, marked and starting nothing, until its pods are gone; in the
    /// background it goes at once, and they follow.
    pub(crate) async fn delete_job(&self, job: &JobId, how: PropagationPolicy) -> Result<(), Error> {
        let parameters = DeleteParams {
            propagation_policy: Some(how),
            preconditions: Some(Preconditions { uid: Some(job.uid.clone()), resource_version: None }),
            ..DeleteParams::default()
        };
        unless_gone(answer(self.jobs().delete(&job.name, &parameters)).await.map(drop))
    }

    /// Deletes a pod; its containers get this many seconds, or as many as its template says.
    pub(crate) async fn delete_pod(&self, name: &str, uid: &str, grace: Option<u32>) -> Result<(), Error> {
        let parameters = DeleteParams {
            grace_period_seconds: grace,
            preconditions: Some(Preconditions { uid: Some(uid.to_owned()), resource_version: None }),
            ..DeleteParams::default()
        };
        unless_gone(answer(self.pods().delete(name, &parameters)).await.map(drop))
    }

    /// The end of what a container has printed.
    pub(crate) async fn tail(&self, pod: &str, container: &str) -> Result<Vec<u8>, Error> {
        let lines = i64::try_from(LAST_LINES).ok();
        let parameters =
            LogParams { container: Some(container.to_owned()), tail_lines: lines, ..LogParams::default() };
        let read = async {
            let mut stream = std::pin::pin!(self.pods().log_stream(pod, &parameters).await?);
            let (mut tail, mut piece) = (Tail::default(), [0; 4096]);
            loop {
                match stream.read(&mut piece).await.map_err(Error::ReadEvents)? {
                    0 => return Ok(tail.into_bytes()),
                    size => tail.push(&piece[..size]),
                }
            }
        };
        answer(read).await
    }
}

fn of_launch(launch_id: Option<Uuid>) -> ListParams {
    let selector =
        launch_id.map_or_else(|| LAUNCH_ID_LABEL.to_owned(), |id| format!("{LAUNCH_ID_LABEL}={id}"));
    ListParams::default().labels(&selector)
}

/// No answer is waited for for ever.
async fn answer<T>(asked: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    timeout(ANSWER, asked).await.unwrap_or_else(|late| Err(Error::Service(late.into())))
}

/// What is not there, or has been followed by another of its name, is deleted.
fn unless_gone(deleted: Result<(), Error>) -> Result<(), Error> {
    deleted.or_else(|error| match refusal(&error) {
        Some(404 | 409) => Ok(()),
        _ => Err(error),
    })
}

/// The status that the API server answered with; `None` if it did not answer.
pub(crate) fn refusal(error: &Error) -> Option<u16> {
    match error {
        Error::Api(status) => Some(status.code),
        _ => None,
    }
}

/// Whether asking again may help: the server did not answer, or cannot for now.
pub(crate) fn is_transient(error: &Error) -> bool {
    refusal(error).is_none_or(|status| matches!(status, 401 | 408 | 429 | 500..))
}

/// What went wrong, in words: the API server's own where it has spoken.
pub(crate) fn error_words(error: &Error) -> String {
    match error {
        Error::Api(status) => status.message.clone(),
        error => {
            let mut root: &dyn std::error::Error = error;
            while let Some(source) = root.source() {
                root = source;
            }
            format!("the Kubernetes API server does not answer: {root}")
        }
    }
}

/// Asks until there is an answer that no waiting mends.
pub(crate) async fn until_answered<T, F>(what: &str, ask: impl Fn() -> F) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    let mut delay = FIRST_DELAY;
    loop {
        match ask().await {
            Err(error) if is_transient(&error) => {
                let words = error_words(&error);
                tracing::warn!(error = %words, "cannot {what}; trying again until it works");
                sleep(delay).await;
                delay = (delay * 2).min(MAX_DELAY);
            }
            answered => return answered,
        }
    }
}
