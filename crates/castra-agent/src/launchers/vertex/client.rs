//! Creates custom jobs, follows them, cancels and removes them, finds them again. What is created is decided in `render.rs`
//! and `request.rs`, what is seen of it means in `verdict.rs`.
//!
//! Google takes no id with `CreateCustomJob` by which it would know a request again. So it is asked once; after an answer that
//! was lost the job is looked for by its label. One poll serves all launches, see `poll.rs`.
//!
//! A finished job costs nothing and is what people look at in Google's console, so that it stays, as with Prefect's agent,
//! unless the agent is told to delete it. What still runs without anybody to follow it is cancelled.

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use castra_core::cause::{Cause, LaunchEnd};
use castra_core::launch::LaunchPhase;
use castra_core::run_config::AgentKind;
use castra_core::vertex::pool_without_container;
use castra_render::vertex::{VertexConfig, VertexSpec, render};
use castra_render::{FlowRunConfig, Order};
use google_cloud_auth::credentials::Credentials;
use serde_json::Value;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use super::api::{ApiError, Jobs, until_answered};
use super::board::{Board, Followed};
use super::identity::{Identity, project_of_this_process};
use super::job::Job;
use super::logs::last_lines_of;
use super::poll::poll;
use super::request::request;
use super::running::{Next, RunningJob};
use crate::config::AgentConfig;
use crate::launchers::last_lines::without_credential;
use crate::launchers::{KnownLaunch, LaunchError, Launched, Launcher, Observation};

/// A job that was created a moment ago may not be listed yet.
const LISTED: Duration = Duration::from_secs(3);
/// Cancelling is best effort: how long until it is asked for again.
const CANCELLED: Duration = Duration::from_secs(120);

/// Launches runs as custom jobs of Vertex AI, in a region of a Google Cloud project.
pub struct VertexLauncher {
    flow_runs: FlowRunConfig,
    config: VertexConfig,
    jobs: Jobs,
    board: Board,
    /// It ends with the launcher.
    _poll: JoinSet<()>,
}

impl fmt::Debug for VertexLauncher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VertexLauncher").field("config", &self.config).finish_non_exhaustive()
    }
}

/// Why the agent cannot use Vertex AI.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// There are no credentials, or they cannot be read.
    #[error(
        "the agent has no credentials for Google Cloud: {0}. Run `gcloud auth application-default login`, or name a file with \
         GOOGLE_APPLICATION_CREDENTIALS"
    )]
    NoCredentials(String),
    /// Nothing says in which project jobs are created.
    #[error(
        "no Google Cloud project is known: neither the agent's credentials nor its machine name one. Say it with --project"
    )]
    NoProject,
    /// Google did not answer, or refused.
    #[error(
        "cannot look at the custom jobs of {parent}: {reason}. See that the project and the region are right, that the Vertex AI \
         API is enabled there, and that the agent has the roles which docs/vertex.md names"
    )]
    NotUsable {
        /// `projects/…/locations/…`.
        parent: String,
        /// What was said.
        reason: String,
    },
}

impl VertexLauncher {
    /// The launcher of an agent, with the application default credentials of this process.
    ///
    /// # Errors
    /// [`ConnectError`].
    pub async fn connect(agent: &AgentConfig, config: VertexConfig) -> Result<Self, ConnectError> {
        let identity = Identity::of_this_process().map_err(ConnectError::NoCredentials)?;
        let project = match config.project.clone() {
            Some(project) => project,
            None => project_of_this_process().await.ok_or(ConnectError::NoProject)?,
        };
        Self::new(agent, config, &project, identity).await
    }

    /// The launcher of an agent, with these credentials; the project is the one in `config`.
    ///
    /// # Errors
    /// [`ConnectError::NoProject`] and [`ConnectError::NotUsable`].
    pub async fn with_credentials(
        agent: &AgentConfig,
        config: VertexConfig,
        credentials: Credentials,
    ) -> Result<Self, ConnectError> {
        let project = config.project.clone().ok_or(ConnectError::NoProject)?;
        Self::new(agent, config, &project, Identity::new(credentials)).await
    }

    async fn new(
        agent: &AgentConfig,
        config: VertexConfig,
        project: &str,
        identity: Identity,
    ) -> Result<Self, ConnectError> {
        let not_usable = |parent: &str, reason: String| ConnectError::NotUsable {
            parent: parent.to_owned(),
            reason: reason.trim_end_matches('.').to_owned(),
        };
        let jobs = Jobs::new(&config, project, identity)
            .map_err(|error| not_usable(&config.parent(project), error.to_string()))?;
        jobs.are_readable().await.map_err(|error| not_usable(jobs.parent(), error.to_string()))?;
        let board = Board::new();
        let poll = poll(&jobs, &board);
        Ok(Self { flow_runs: agent.flow_runs.clone(), config, jobs, board, _poll: poll })
    }

    /// Creates the job. Whether one exists whose answer was lost, its label tells.
    async fn create(&self, launch_id: Uuid, job: &Value) -> Result<Job, LaunchError> {
        let error = match self.jobs.create(job).await {
            Ok(job) => return Ok(job),
            Err(error) => error,
        };
        if error.may_have_arrived()
            && let Some(job) = self.created_unseen(launch_id).await
        {
            return Ok(job);
        }
        // Google may repeat what it does not like of a variable.
        let words = without_credential(&error.to_string(), launch_id);
        Err(match error.is_transient() {
            true => LaunchError::NotLaunched(words),
            false => LaunchError::Refused(words),
        })
    }

    /// The job of a launch of which no answer has told, if there is one.
    async fn created_unseen(&self, launch_id: Uuid) -> Option<Job> {
        let ask = || self.jobs.of_launch(launch_id);
        for wait in [Duration::ZERO, LISTED] {
            sleep(wait).await;
            match until_answered("ask whether a custom job was created", ask).await {
                Ok(mut jobs) if !jobs.is_empty() => return Some(jobs.remove(0)),
                answered => log_refusal("list custom jobs", answered.map(drop)),
            }
        }
        None
    }

    /// How a launch that is over has ended, with the last lines if that was abnormal.
    async fn ended(&self, running: &mut RunningJob, cause: Cause) -> LaunchEnd {
        if let Some(ended) = &running.ended {
            return ended.clone();
        }
        let job = running.followed.look().0.job.filter(|job| job.started_at.is_some());
        let last_lines = match (&cause, job) {
            (Cause::Exited { code: 0 } | Cause::Stopped { .. }, _) | (_, None) => Vec::new(),
            (_, Some(job)) => last_lines_of(&self.jobs, &job).await,
        };
        running.ended.insert(LaunchEnd { cause, last_lines }).clone()
    }

    /// Waits until a job that was asked to end has ended.
    async fn cancelled(&self, running: &mut RunningJob) -> Cause {
        loop {
            let ask = || self.jobs.cancel(&running.name);
            log_refusal("cancel a custom job", until_answered("cancel a custom job", ask).await);
            running.is_stopped = true;
            running.followed.expect();
            let ended = async {
                loop {
                    match running.end() {
                        Some(cause) => return cause,
                        None => running.followed.changed().await,
                    }
                }
            };
            if let Ok(cause) = timeout(CANCELLED, ended).await {
                return cause;
            }
        }
    }

    /// The jobs of known launches that Google still has: those that go on by one listing for all, the others one by one.
    async fn found(&self, known: &[KnownLaunch]) -> HashMap<Uuid, Job> {
        let listing = until_answered("list custom jobs", || self.jobs.unfinished()).await;
        let listing = listing.inspect_err(|error| refused("list custom jobs", error)).unwrap_or_default();
        let own = |job: Job| {
            Some((job.launch_id.filter(|id| known.iter().any(|launch| launch.launch_id == *id))?, job))
        };
        let mut found: HashMap<Uuid, Job> = listing.jobs.into_iter().filter_map(own).collect();
        for launch in known {
            if !found.contains_key(&launch.launch_id)
                && let Some(job) = self.find(launch).await
            {
                found.insert(launch.launch_id, job);
            }
        }
        found
    }

    async fn find(&self, launch: &KnownLaunch) -> Option<Job> {
        let found = match launch.handle.as_ref().and_then(RunningJob::name_of) {
            Some(name) => until_answered("look at a custom job", || self.jobs.get(name)).await,
            None => {
                let ask = || self.jobs.of_launch(launch.launch_id);
                until_answered("find a custom job", ask).await.map(|jobs| jobs.into_iter().next())
            }
        };
        found.inspect_err(|error| refused("look at a custom job", error)).ok().flatten()
    }

    /// Where nobody knows of a job, it may have been created all the same, and must not run on.
    async fn remove_unknown(&self, launch_id: Uuid) -> Result<(), ApiError> {
        for job in until_answered("find a custom job", || self.jobs.of_launch(launch_id)).await? {
            if !job.state.is_final() {
                tracing::warn!(%launch_id, job = job.name, "cancelling a custom job that nobody follows");
                until_answered("cancel a custom job", || self.jobs.cancel(&job.name)).await?;
            } else if self.config.delete_finished_jobs {
                until_answered("delete a finished custom job", || self.jobs.delete(&job.name)).await?;
            }
        }
        Ok(())
    }

    fn launched(&self, followed: Followed, job: Job) -> Launched<RunningJob> {
        let running = RunningJob::new(followed, job.name.clone());
        running.followed.introduce(job);
        Launched { handle: running.handle(), phase: LaunchPhase::Submitted, running }
    }
}

impl Launcher for VertexLauncher {
    type Spec = VertexSpec;
    type Running = RunningJob;

    fn kind(&self) -> AgentKind {
        AgentKind::Vertex
    }

    async fn render(&self, order: &Order) -> Result<VertexSpec, LaunchError> {
        let spec = render(order, &self.flow_runs, &self.config)?;
        let pools = spec.job_spec["worker_pool_specs"].as_array();
        match pools.and_then(|pools| pool_without_container(pools)) {
            Some(missing) => {
                Err(LaunchError::Refused(format!("its worker_pool_specs[{}]: {missing}", missing.number)))
            }
            None => Ok(spec),
        }
    }

    async fn launch(&self, order: &Order, spec: &VertexSpec) -> Result<Launched<RunningJob>, LaunchError> {
        let already = || LaunchError::NotLaunched("it is launched already".to_owned());
        let followed = self.board.follow(order.launch_id).ok_or_else(already)?;
        let job = self.create(order.launch_id, &request(spec)).await?;
        tracing::info!(job = job.name, page = console(&job), "created a custom job");
        Ok(self.launched(followed, job))
    }

    async fn observe(&self, running: &mut RunningJob) -> Observation {
        loop {
            match running.next() {
                Next::Say(observation) => return observation,
                Next::End(cause) => return Observation::Ended(self.ended(running, cause).await),
                Next::Wait => running.followed.changed().await,
            }
        }
    }

    async fn stop(&self, running: &mut RunningJob) -> LaunchEnd {
        let cause = match running.end() {
            Some(cause) => cause,
            None => self.cancelled(running).await,
        };
        self.ended(running, cause).await
    }

    /// Leaves the job to be looked at, or deletes it, as the agent is told.
    async fn remove(&self, launch_id: Uuid, handle: Option<&Value>) {
        let removed = match handle.and_then(RunningJob::name_of) {
            None => self.remove_unknown(launch_id).await,
            Some(name) if self.config.delete_finished_jobs => {
                until_answered("delete a finished custom job", || self.jobs.delete(name)).await
            }
            Some(_) => Ok(()),
        };
        log_refusal("remove a custom job", removed);
    }

    /// By name, else by label. A job that has ended tells how.
    async fn adopt(&self, known: &[KnownLaunch]) -> HashMap<Uuid, Launched<RunningJob>> {
        if known.is_empty() {
            return HashMap::new();
        }
        let found = self.found(known).await.into_iter();
        let launched =
            |(launch_id, job)| Some((launch_id, self.launched(self.board.follow(launch_id)?, job)));
        found.filter_map(launched).collect()
    }
}

/// The page of a job in Google's console (prefect 1.4.1 `VertexAgent.deploy_flow`).
fn console(job: &Job) -> String {
    let place = job.name.split('/').skip(2).collect::<Vec<_>>().join("/");
    format!("https://console.cloud.google.com/vertex-ai/{}", place.replace("customJobs", "training"))
}

fn log_refusal(what: &str, answered: Result<(), ApiError>) {
    if let Err(error) = answered {
        refused(what, &error);
    }
}

fn refused(what: &str, error: &ApiError) {
    tracing::error!(%error, "Google does not let the agent {what}: see its roles");
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_jobs_page_is_where_prefects_agent_says() {
        let job =
            Job::from_google(&json!({ "name": "projects/1/locations/us-central1/customJobs/42" })).unwrap();
        assert_eq!(
            console(&job),
            "https://console.cloud.google.com/vertex-ai/locations/us-central1/training/42"
        );
    }
}
