//! Submits jobs, follows them, stops and removes them, finds them again. What is created is decided in `render.rs`, what
//! is seen of it means in `verdict.rs`.
//!
//! A launch takes three requests: the Job exactly as it was rendered; a patch of it to `backoffLimit: 0`, unless the
//! template says how often Kubernetes may start the pod again (Prefect's job leaves it at Kubernetes' 6, which would run
//! the flow again behind the server's back; the rendered job stays equal to Prefect's); and the Secret with the
//! credential, owned by the job, so that it goes with it. The Secret comes last: where it is, the launch is complete.
//! The kubelet needs far longer to get to the container than the Secret needs to arrive.
//!
//! Nothing is polled. Three watches are shared by all launches, see `watch.rs`.

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use castra_core::cause::{Cause, LaunchEnd};
use castra_core::launch::LaunchPhase;
use castra_core::run_config::AgentKind;
use castra_render::kubernetes::{KubernetesConfig, KubernetesSpec, render};
use castra_render::{FlowRunConfig, Order};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::Pod;
use kube::Client;
use kube::api::PropagationPolicy;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};
use uuid::Uuid;

use super::api::{JobId, Namespace, error_words, is_transient, refusal, until_answered};
use super::board::{Board, Followed, Summarised};
use super::logs::last_lines_of;
use super::running::{Ending, Next, RunningJob, is_settled, may_run, stopped};
use super::seen::{JobSeen, Phase, PodSeen, Seen, launch_of};
use super::template::load_template;
use super::watch::watch;
use crate::config::AgentConfig;
use crate::launchers::location::Locations;
use crate::launchers::{KnownLaunch, LaunchError, Launched, Launcher, Observation};

/// Launches runs as jobs in a namespace of a Kubernetes cluster.
pub struct KubernetesLauncher {
    flow_runs: FlowRunConfig,
    config: KubernetesConfig,
    namespace: Namespace,
    locations: Locations,
    board: Board,
    /// They end with the launcher.
    _watches: JoinSet<()>,
}

impl fmt::Debug for KubernetesLauncher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KubernetesLauncher").field("config", &self.config).finish_non_exhaustive()
    }
}

/// Why the agent cannot use the cluster.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// There is no configuration, or it cannot be read.
    #[error(
        "no cluster is configured: neither the kubeconfig (KUBECONFIG, ~/.kube/config) nor a pod's service account can be read: {0}"
    )]
    NotConfigured(String),
    /// The API server did not answer, or refused.
    #[error("cannot look at the jobs and pods of namespace `{namespace}`: {reason}")]
    NotUsable {
        /// The namespace.
        namespace: String,
        /// What the API server said.
        reason: String,
    },
}

impl KubernetesLauncher {
    /// The launcher of an agent, for the cluster that the kubeconfig (`KUBECONFIG`, `~/.kube/config`) names, else for the
    /// one that this very process runs in.
    ///
    /// # Errors
    /// [`ConnectError`].
    pub async fn connect(agent: &AgentConfig, config: KubernetesConfig) -> Result<Self, ConnectError> {
        let client = Client::try_default().await;
        let client = client.map_err(|error| ConnectError::NotConfigured(error.to_string()))?;
        Self::with_client(agent, config, client).await
    }

    /// The launcher of an agent, for the cluster that this client talks to.
    ///
    /// # Errors
    /// [`ConnectError::NotUsable`].
    pub async fn with_client(
        agent: &AgentConfig,
        config: KubernetesConfig,
        client: Client,
    ) -> Result<Self, ConnectError> {
        let namespace = Namespace::new(client, &config.namespace);
        namespace.is_readable().await.map_err(|error| ConnectError::NotUsable {
            namespace: config.namespace.clone(),
            reason: error_words(&error) + hint(&error),
        })?;
        let board = Board::new();
        let watches = watch(namespace.client(), namespace.name(), &board);
        let locations = Locations::of_this_process();
        Ok(Self {
            flow_runs: agent.flow_runs.clone(),
            config,
            namespace,
            locations,
            board,
            _watches: watches,
        })
    }

    /// Asks the API server whether it would take this job, without creating it.
    ///
    /// # Errors
    /// Its objections, in its words; or that it does not answer.
    pub async fn dry_run(&self, job: &Value) -> Result<(), String> {
        self.namespace.create_job(job, true).await.map(drop).map_err(|error| error_words(&error))
    }

    /// Creates the job. An answer that was lost is asked for again: the job exists or it does not.
    async fn create(&self, launch_id: Uuid, job: &Value) -> Result<Job, LaunchError> {
        let error = match self.namespace.create_job(job, false).await {
            Ok(job) => return Ok(job),
            Err(error) => error,
        };
        let name = job["metadata"]["name"].as_str().unwrap_or_default();
        match refusal(&error) {
            Some(409) => {
                let existing = self.existing(name).await;
                let is_ours = existing.is_some_and(|job| launch_of(&job.metadata) == Some(launch_id));
                Err(LaunchError::NotLaunched(match is_ours {
                    true => "it is launched already".to_owned(),
                    false => format!("another job is called {name}"),
                }))
            }
            Some(_) if !is_transient(&error) => Err(LaunchError::Refused(error_words(&error))),
            _ => {
                let existing = self.existing(name).await;
                let ours = existing.filter(|job| launch_of(&job.metadata) == Some(launch_id));
                ours.ok_or_else(|| LaunchError::NotLaunched(error_words(&error)))
            }
        }
    }

    async fn existing(&self, name: &str) -> Option<Job> {
        let ask = || self.namespace.job(name);
        until_answered("ask whether a job was created", ask).await.ok().flatten()
    }

    /// Adds what a created job needs: one start only, and its credential.
    async fn complete(&self, job: &Job, spec: &KubernetesSpec) -> Result<(), kube::Error> {
        let id = job_id(job);
        if starts_again_unasked(&spec.job) {
            retried(|| self.namespace.start_once(&id.name)).await?;
        }
        if let Some(secret) = &spec.secret {
            let owned = owned_by(secret.clone(), &id);
            let created = retried(|| self.namespace.create_secret(&owned)).await;
            match created {
                // An answer was lost.
                Err(error) if refusal(&error) == Some(409) => {}
                created => created?,
            }
        }
        Ok(())
    }

    /// Reads the last lines, ends what could still run, and answers once nothing does.
    async fn wind_up(&self, running: &mut RunningJob) -> LaunchEnd {
        self.read_last_lines(running).await;
        let seen = running.followed.look().0;
        let is_stopped = running.ending.as_ref().is_none_or(|ending| ending.cause.is_none());
        if is_stopped || may_run(&seen) || running.ending.as_ref().is_some_and(|e| e.deleted.is_some()) {
            self.delete(running).await;
        }
        let (seen, _) = running.followed.look();
        let ending = running.ending.get_or_insert_with(Ending::stop);
        let took = ending.deleted.map_or(Duration::ZERO, |deleted| deleted.elapsed());
        let cause = ending.cause.clone().unwrap_or_else(|| stopped(&seen, took, self.grace(&seen)));
        LaunchEnd { cause, last_lines: ending.last_lines.clone().unwrap_or_default() }
    }

    /// Reads the last lines of an abnormal end, once. A pod that cannot be read has none.
    async fn read_last_lines(&self, running: &mut RunningJob) {
        let Some(ending) = &running.ending else { return };
        let is_normal = matches!(ending.cause, Some(Cause::Exited { code: 0 }));
        if is_normal || ending.cause.is_none() || ending.last_lines.is_some() {
            return;
        }
        let seen = running.followed.look().0;
        let lines = last_lines_of(&self.namespace, &seen, running.followed.launch_id()).await;
        if let Some(ending) = &mut running.ending {
            ending.last_lines = Some(lines);
        }
    }

    /// Deletes the job and its pods, and waits until nothing of them runs.
    async fn delete(&self, running: &mut RunningJob) {
        if running.ending.as_ref().is_none_or(|ending| ending.deleted.is_none()) {
            self.ask_to_delete(running).await;
            running.ending.get_or_insert_with(Ending::stop).deleted = Some(Instant::now());
        }
        while !is_settled(&running.followed.look().0) {
            running.followed.changed().await;
        }
    }

    /// Deletes the job, so that it starts nothing more, and its pods, because the garbage collector takes its time. It
    /// also knows no grace but the template's, and a kubelet that has begun to end a pod keeps to the grace it began with:
    /// where the agent has a grace of its own, the pods go first. What the job may put in their place in that moment goes
    /// with it, long before a node could start it.
    async fn ask_to_delete(&self, running: &mut RunningJob) {
        let known = match self.config.stop_grace {
            Some(_) => running.followed.look().0.pods,
            None => Vec::new(),
        };
        let grace = self.config.stop_grace.map(whole_seconds);
        self.delete_pods(&known, grace).await;
        let what = "delete a job";
        let ask = || self.namespace.delete_job(&running.job, PropagationPolicy::Foreground);
        log_refusal(what, until_answered(what, ask).await);
        let what = "list the pods of a job that was deleted";
        let launch_id = running.followed.launch_id();
        let pods = until_answered(what, || self.namespace.list_pods(Some(launch_id))).await;
        let pods = pods.inspect_err(|error| refused(what, error)).unwrap_or_default();
        pods.iter().for_each(|pod| pod.introduce(&self.board));
        let is_new = |pod: &PodSeen| known.iter().all(|known| known.uid != pod.uid);
        let left: Vec<_> = running.followed.look().0.pods.into_iter().filter(is_new).collect();
        let is_replacement = |pod: &PodSeen| !known.is_empty() && pod.phase == Phase::Pending;
        let (replacements, others): (Vec<_>, Vec<_>) = left.into_iter().partition(is_replacement);
        self.delete_pods(&others, grace).await;
        self.delete_pods(&replacements, Some(0)).await;
    }

    /// Deletes pods with this grace. Where nothing has ever run, nothing is waited for: a kubelet takes up to a minute and
    /// a half to say so.
    async fn delete_pods(&self, pods: &[PodSeen], grace: Option<u32>) {
        for pod in pods.iter().filter(|pod| pod.is_alive()) {
            let grace = if pod.cannot_start() { Some(0) } else { grace };
            let ask = || self.namespace.delete_pod(&pod.name, &pod.uid, grace);
            log_refusal("delete a pod", until_answered("delete a pod", ask).await);
        }
    }

    /// How long the pod's containers get to end.
    fn grace(&self, seen: &Seen) -> Duration {
        let templates = || seen.pods.last().and_then(|pod| u64::try_from(pod.grace).ok()).unwrap_or_default();
        self.config.stop_grace.unwrap_or_else(|| Duration::from_secs(templates()))
    }

    /// A launch that was found again. `None` if nothing of it runs or tells how it ended.
    async fn found(&self, job: &Job, pods: &[Pod], followed: Followed) -> Option<Launched<RunningJob>> {
        let launch_id = followed.launch_id();
        job.introduce(&self.board);
        let own = pods.iter().filter(|pod| launch_of(&pod.metadata) == Some(launch_id));
        own.for_each(|pod| pod.introduce(&self.board));
        let mut running = RunningJob::new(followed, job_id(job));
        let seen = running.followed.look().0;
        let is_gone = job.metadata.deletion_timestamp.is_some() && !seen.pods.iter().any(PodSeen::is_alive);
        if is_gone {
            return None;
        }
        if !has_begun(&seen) && !self.is_complete(&JobSeen::from(job)).await {
            tracing::info!(%launch_id, job = %running.job.name, "deleting a job whose submission was broken off");
            running.ending = Some(Ending::stop());
            self.delete(&mut running).await;
            return None;
        }
        Some(self.launched(running))
    }

    /// Whether a job that was found got all it needs: the Secret comes last.
    async fn is_complete(&self, job: &JobSeen) -> bool {
        let Some(secret) = &job.secret else { return true };
        let asked = until_answered("look for a Secret", || self.namespace.has_secret(secret)).await;
        // An agent that may not look takes it that it is there; if not, the pod will say so.
        asked.inspect_err(|error| refused("look for a Secret", error)).unwrap_or(true)
    }

    fn launched(&self, running: RunningJob) -> Launched<RunningJob> {
        let handle = running.handle(self.namespace.name());
        Launched { handle, phase: LaunchPhase::Submitted, running }
    }

    /// The jobs of a launch, by its handle if it is known, else by its label.
    async fn jobs_of(&self, launch_id: Uuid, handle: Option<&Value>) -> Result<Vec<JobId>, kube::Error> {
        let text = |key: &str| Some(handle?.get(key)?.as_str()?.to_owned());
        if let (Some(name), Some(uid)) = (text("job"), text("uid")) {
            return Ok(vec![JobId { name, uid }]);
        }
        let jobs = until_answered("find a job", || self.namespace.list_jobs(Some(launch_id))).await?;
        Ok(jobs.iter().map(job_id).collect())
    }

    async fn remove_job(&self, job: &JobId) -> Result<(), kube::Error> {
        if self.config.delete_finished_jobs {
            let ask = || self.namespace.delete_job(job, PropagationPolicy::Background);
            return until_answered("delete a finished job", ask).await;
        }
        let Some(found) = until_answered("find a job", || self.namespace.job(&job.name)).await? else {
            return Ok(());
        };
        match JobSeen::from(&found).secret {
            Some(secret) if found.metadata.uid.as_ref() == Some(&job.uid) => {
                until_answered("delete a Secret", || self.namespace.delete_secret(&secret)).await
            }
            _ => Ok(()),
        }
    }
}

impl Launcher for KubernetesLauncher {
    type Spec = KubernetesSpec;
    type Running = RunningJob;

    fn kind(&self) -> AgentKind {
        AgentKind::Kubernetes
    }

    async fn render(&self, order: &Order) -> Result<KubernetesSpec, LaunchError> {
        let template = load_template(order, &self.config, &self.locations).await?;
        Ok(render(order, &self.flow_runs, &self.config, &template)?)
    }

    async fn launch(
        &self,
        order: &Order,
        spec: &KubernetesSpec,
    ) -> Result<Launched<RunningJob>, LaunchError> {
        // Before there is anything to be told of it.
        let followed = self.board.follow(order.launch_id);
        let job = self.create(order.launch_id, &spec.job).await?;
        job.introduce(&self.board);
        let mut running = RunningJob::new(followed, job_id(&job));
        if let Err(error) = self.complete(&job, spec).await {
            running.ending = Some(Ending::stop());
            self.delete(&mut running).await;
            return Err(match is_transient(&error) {
                true => LaunchError::NotLaunched(error_words(&error)),
                false => LaunchError::Refused(error_words(&error)),
            });
        }
        Ok(self.launched(running))
    }

    async fn observe(&self, running: &mut RunningJob) -> Observation {
        loop {
            if running.ending.is_some() {
                return Observation::Ended(self.wind_up(running).await);
            }
            match running.next(Instant::now(), &self.config) {
                Next::Say(observation) => return observation,
                Next::End(cause) => running.ending = Some(Ending::of(cause)),
                Next::Wait(None) => running.followed.changed().await,
                Next::Wait(Some(until)) => tokio::select! {
                    () = running.followed.changed() => {}
                    () = sleep_until(until) => {}
                },
            }
        }
    }

    async fn stop(&self, running: &mut RunningJob) -> LaunchEnd {
        if running.ending.is_none() {
            running.ending = Some(running.own_end().map_or_else(Ending::stop, Ending::of));
        }
        self.wind_up(running).await
    }

    /// Deletes the job, and with it its pods and its Secret; where finished jobs are kept to be looked at, the Secret
    /// alone.
    async fn remove(&self, launch_id: Uuid, handle: Option<&Value>) {
        let jobs = self.jobs_of(launch_id, handle).await;
        for job in jobs.inspect_err(|error| refused("find a job", error)).unwrap_or_default() {
            log_refusal("remove a finished job", self.remove_job(&job).await);
        }
    }

    /// By label. A job that has ended tells how; one whose submission was broken off before its Secret was there cannot
    /// be completed, because nobody knows the credential any more: it is deleted.
    async fn adopt(&self, known: &[KnownLaunch]) -> HashMap<Uuid, Launched<RunningJob>> {
        let mut adopted = HashMap::new();
        if known.is_empty() {
            return adopted;
        }
        let followed = known.iter().map(|known| (known.launch_id, self.board.follow(known.launch_id)));
        let mut followed: HashMap<_, _> = followed.collect();
        let jobs = until_answered("list the jobs", || self.namespace.list_jobs(None)).await;
        let jobs = jobs.inspect_err(|error| refused("list the jobs", error)).unwrap_or_default();
        let pods = until_answered("list the pods", || self.namespace.list_pods(None)).await;
        let pods = pods.inspect_err(|error| refused("list the pods", error)).unwrap_or_default();
        for job in &jobs {
            let followed = launch_of(&job.metadata).and_then(|id| followed.remove(&id));
            let Some(followed) = followed else { continue };
            let launch_id = followed.launch_id();
            if let Some(launched) = self.found(job, &pods, followed).await {
                adopted.insert(launch_id, launched);
            }
        }
        adopted
    }
}

/// Whether Kubernetes would start the job's pod again though nobody asked for it.
fn starts_again_unasked(job: &Value) -> bool {
    let spec = &job["spec"];
    let is_asked = spec.get("backoffLimit").is_some_and(|limit| !limit.is_null())
        || spec["template"]["spec"]["restartPolicy"] == "OnFailure";
    !is_asked
}

/// The Secret goes with the job.
fn owned_by(mut secret: Value, job: &JobId) -> Value {
    let owner = json!({ "apiVersion": "batch/v1", "kind": "Job", "name": job.name, "uid": job.uid });
    secret["metadata"]["ownerReferences"] = json!([owner]);
    secret
}

/// Whether the flow run's process was started, or is over: then it had its Secret.
fn has_begun(seen: &Seen) -> bool {
    let is_over = seen.job.as_ref().is_some_and(|job| job.end.is_some());
    is_over || seen.pods.iter().any(|pod| pod.phase != Phase::Pending)
}

fn job_id(job: &Job) -> JobId {
    let JobSeen { name, uid, .. } = JobSeen::from(job);
    JobId { name, uid }
}

fn whole_seconds(grace: Duration) -> u32 {
    let seconds = u32::try_from(grace.as_secs()).unwrap_or(u32::MAX);
    // Zero would not ask the process at all.
    seconds.max(1)
}

/// A few attempts: whoever waits for them holds a claim.
async fn retried<T, F>(ask: impl Fn() -> F) -> Result<T, kube::Error>
where
    F: Future<Output = Result<T, kube::Error>>,
{
    let mut delay = Duration::from_millis(200);
    for _ in 0..5 {
        match ask().await {
            Err(error) if is_transient(&error) => tokio::time::sleep(delay).await,
            answered => return answered,
        }
        delay *= 2;
    }
    ask().await
}

/// What to do about a refusal.
fn hint(error: &kube::Error) -> &'static str {
    match refusal(error) {
        Some(403) => "; `castra agent kubernetes install` prints the role that an agent needs",
        _ => "",
    }
}

fn log_refusal(what: &str, answered: Result<(), kube::Error>) {
    if let Err(error) = answered {
        refused(what, &error);
    }
}

fn refused(what: &str, error: &kube::Error) {
    let error = error_words(error);
    tracing::error!(error, "the Kubernetes API server does not let the agent {what}: see its role");
}
