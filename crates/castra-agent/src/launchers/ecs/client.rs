//! Runs tasks, follows them, stops them, finds them again. What AWS is asked for is decided in `render.rs`, what is seen
//! of a task means in `verdict.rs`; how a launch is made says `start.rs`, how one is found again `search.rs`.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use aws_types::SdkConfig;
use castra_core::cause::{Cause, LaunchEnd};
use castra_core::launch::LaunchPhase;
use castra_core::run_config::AgentKind;
use castra_render::ecs::{EcsConfig, EcsFound, EcsSpec, lookups, parameter_name, render};
use castra_render::{FlowRunConfig, Order};
use serde_json::Value;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};
use uuid::Uuid;

use super::api::{Api, TaskId};
use super::aws::{self, Aws, log_refusal, refused_by_aws, retried, until_answered, wait_after};
use super::board::Board;
use super::definitions::{Definitions, family_of, find};
use super::logs::last_lines_of;
use super::lookup::{Finder, Network};
use super::poll::poll;
use super::refusal::hint;
use super::running::{Ending, Next, RunningTask};
use super::search::Search;
use super::seen::TaskSeen;
use super::start::{Start, place};
use super::stopped::{STOPPED_BY_CASTRA, stopped_cause};
use super::verdict::LAG;
use crate::config::AgentConfig;
use crate::launchers::location::Locations;
use crate::launchers::{KnownLaunch, LaunchError, Launched, Launcher, Observation};

/// Launches runs as tasks of Amazon ECS, in one region.
pub struct EcsLauncher {
    flow_runs: FlowRunConfig,
    config: EcsConfig,
    api: Arc<Api>,
    locations: Locations,
    network: Network,
    definitions: Definitions,
    board: Board,
    /// It ends with the launcher.
    _poller: JoinSet<()>,
}

impl fmt::Debug for EcsLauncher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EcsLauncher").field("region", &self.api.region()).finish_non_exhaustive()
    }
}

/// Why the agent cannot use ECS.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// Nothing says which region.
    #[error(
        "no AWS region is configured: say it with --region-name or AWS_DEFAULT_REGION, or in the profile (~/.aws/config)"
    )]
    NoRegion,
    /// This machine cannot speak TLS.
    #[error("cannot speak to AWS: {0}")]
    NoTransport(String),
    /// AWS did not answer, or refused.
    #[error("cannot look at the tasks of {place}: {reason}")]
    NotUsable {
        /// Cluster and region.
        place: String,
        /// What AWS said.
        reason: String,
    },
}

impl EcsLauncher {
    /// The launcher of an agent, with the credentials and the configuration of AWS' own chain. `region` beats those.
    ///
    /// # Errors
    /// [`ConnectError`].
    pub async fn connect(
        agent: &AgentConfig,
        config: EcsConfig,
        region: Option<String>,
    ) -> Result<Self, ConnectError> {
        let sdk = aws::load(region).await;
        Self::with_sdk_config(agent, config, &sdk, Locations::of_this_process()).await
    }

    /// The launcher of an agent, with this configuration of AWS; task definitions are read by location as `locations` says.
    ///
    /// # Errors
    /// [`ConnectError`].
    pub async fn with_sdk_config(
        agent: &AgentConfig,
        config: EcsConfig,
        sdk: &SdkConfig,
        locations: Locations,
    ) -> Result<Self, ConnectError> {
        let api = Arc::new(api(sdk)?);
        is_usable(&api, config.cluster_of_all_runs()).await?;
        let board = Board::default();
        let mut poller = JoinSet::new();
        poller.spawn(poll(Arc::clone(&api), board.clone(), config.poll_interval));
        Ok(Self {
            flow_runs: agent.flow_runs.clone(),
            config,
            api,
            locations,
            network: Network::default(),
            definitions: Definitions::default(),
            board,
            _poller: poller,
        })
    }

    fn launched(&self, launch_id: Uuid, task: TaskSeen) -> Launched<RunningTask> {
        let id = TaskId { cluster: task.cluster_arn.clone(), task: task.task_arn.clone() };
        self.followed(launch_id, id, Some(task))
    }

    fn followed(&self, launch_id: Uuid, id: TaskId, first: Option<TaskSeen>) -> Launched<RunningTask> {
        let followed = self.board.follow(launch_id, id.clone(), first);
        let running = RunningTask::new(followed, id);
        Launched { handle: running.handle(), phase: LaunchPhase::Submitted, running }
    }

    /// Ends what could still run, waits until nothing does, and reads the last lines.
    async fn wind_up(&self, running: &mut RunningTask) -> LaunchEnd {
        self.end(running).await;
        let task = running.followed.look().0.task;
        let launch_id = running.followed.launch_id();
        let ending = running.ending.get_or_insert_default();
        let cause = ending.cause.get_or_insert_with(|| stopped_cause(task.as_ref())).clone();
        if ending.last_lines.is_none() {
            let lines = match task.filter(|task| task.started_at && is_abnormal(&cause)) {
                Some(task) => last_lines_of(&self.api, &task, launch_id).await,
                None => Vec::new(),
            };
            ending.last_lines = Some(lines);
        }
        LaunchEnd { cause, last_lines: ending.last_lines.clone().unwrap_or_default() }
    }

    /// Asks the task to stop unless it does by itself, and waits until it has. Whoever may not stop it asks again, in case
    /// that its role is mended.
    async fn end(&self, running: &mut RunningTask) {
        let (mut failures, mut missing_since, mut is_hurried) = (0, None, false);
        loop {
            let (seen, _) = running.followed.look();
            let is_missing = seen.missed > 0;
            missing_since = missing_since.filter(|_| is_missing).or(is_missing.then(Instant::now));
            let is_gone = missing_since.is_some_and(|since| since.elapsed() >= LAG);
            if is_gone || seen.task.as_ref().is_some_and(TaskSeen::is_stopped) {
                return;
            }
            let ending = running.ending.get_or_insert_default();
            if !ending.is_stopped && !seen.task.as_ref().is_some_and(TaskSeen::is_being_stopped) {
                if let Err(error) = self.api.stop_task(&running.id, STOPPED_BY_CASTRA).await {
                    failures += 1;
                    wait_after(failures, &error, "stop a task").await;
                    continue;
                }
                ending.is_stopped = true;
            }
            if !is_hurried {
                running.followed.hurry();
                is_hurried = true;
            }
            running.followed.changed().await;
        }
    }
}

impl Launcher for EcsLauncher {
    type Spec = EcsSpec;
    type Running = RunningTask;

    fn kind(&self) -> AgentKind {
        AgentKind::Ecs
    }

    async fn render(&self, order: &Order) -> Result<EcsSpec, LaunchError> {
        let finder = Finder { api: Some(&self.api), locations: &self.locations, network: &self.network };
        let found = finder.find(order, &self.config).await?;
        Ok(render(order, &self.flow_runs, &self.config, &found)?)
    }

    async fn launch(&self, order: &Order, spec: &EcsSpec) -> Result<Launched<RunningTask>, LaunchError> {
        if self.board.follows(order.launch_id) {
            // RunTask would answer with the same task.
            return Err(LaunchError::NotLaunched("it is launched already".to_owned()));
        }
        let start = Start { api: &self.api, definitions: &self.definitions, order };
        let task = start.carry_out(spec.clone()).await?;
        Ok(self.launched(order.launch_id, task))
    }

    async fn observe(&self, running: &mut RunningTask) -> Observation {
        loop {
            if running.ending.is_some() {
                return Observation::Ended(self.wind_up(running).await);
            }
            match running.next(Instant::now()) {
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

    async fn stop(&self, running: &mut RunningTask) -> LaunchEnd {
        if running.ending.is_none() {
            running.ending = Some(running.own_end().map_or_else(Ending::default, Ending::of));
        }
        self.wind_up(running).await
    }

    /// Deletes the credential's parameter and the task definition that names it. A stopped task goes by itself: ECS forgets
    /// it after an hour. Task definitions that launches share stay.
    async fn remove(&self, launch_id: Uuid, _handle: Option<&Value>) {
        let Some(prefix) = &self.config.credential_parameters else { return };
        let what = "delete the parameter of a launch";
        let name = parameter_name(prefix, launch_id);
        log_refusal(what, until_answered(what, || self.api.delete_parameter(&name)).await);
        let what = "deregister the task definition of a launch";
        let family = family_of(launch_id);
        match until_answered(what, || find(&self.api, &family)).await {
            Ok(Some(arn)) => {
                let ask = || self.api.deregister_task_definition(&arn);
                log_refusal(what, until_answered(what, ask).await);
            }
            Ok(None) => {}
            Err(error) => refused_by_aws(what, &error),
        }
    }

    /// By handle; what became of the task is seen by looking. Without one, by `startedBy` and tags.
    async fn adopt(&self, known: &[KnownLaunch]) -> HashMap<Uuid, Launched<RunningTask>> {
        let (mut adopted, mut without_handle) = (HashMap::new(), HashSet::new());
        for KnownLaunch { launch_id, handle } in known {
            match handle.as_ref().and_then(task_of) {
                Some(task) => {
                    adopted.insert(*launch_id, self.followed(*launch_id, task, None));
                }
                None => {
                    without_handle.insert(*launch_id);
                }
            }
        }
        if !without_handle.is_empty() {
            let search = Search { api: &self.api, own_cluster: self.config.cluster_of_all_runs() };
            let found = search.find(without_handle).await;
            adopted.extend(found.into_iter().map(|(id, task)| (id, self.launched(id, task))));
        }
        adopted
    }
}

/// What has to be known of a run before it can be rendered, looked up as an agent would. AWS is asked only if it has to be.
///
/// # Errors
/// The run cannot be launched by such an agent, or something cannot be looked up.
pub async fn look_up(
    order: &Order,
    config: &EcsConfig,
    region: Option<String>,
) -> Result<EcsFound, LaunchError> {
    let unknown =
        |error| LaunchError::NotLaunched(format!("AWS has to be asked for what is not given: {error}"));
    let api = match lookups(order, config)?.asks_aws() {
        true => Some(api(&aws::load(region).await).map_err(unknown)?),
        false => None,
    };
    let (locations, network) = (Locations::of_this_process(), Network::default());
    Finder { api: api.as_ref(), locations: &locations, network: &network }.find(order, config).await
}

fn api(sdk: &SdkConfig) -> Result<Api, ConnectError> {
    let aws = Aws::new(sdk).map_err(|error| ConnectError::NoTransport(error.to_string()))?;
    aws.map(Api::new).ok_or(ConnectError::NoRegion)
}

/// Sees that AWS answers, knows the agent, and has its cluster. That there is no default cluster is no fault as long as run
/// configs name others.
async fn is_usable(api: &Api, cluster: Option<&str>) -> Result<(), ConnectError> {
    match retried(|| api.is_readable(cluster)).await {
        Err(error) if error.code() == "ClusterNotFoundException" && cluster.is_none() => Ok(()),
        Err(error) => Err(ConnectError::NotUsable {
            place: place(cluster, api.region()),
            reason: format!("{error}{}", hint(&error)),
        }),
        Ok(()) => Ok(()),
    }
}

/// The task that a handle names.
fn task_of(handle: &Value) -> Option<TaskId> {
    let text = |field: &str| Some(handle.get(field)?.as_str()?.to_owned());
    Some(TaskId { cluster: text("cluster")?, task: text("task")? })
}

/// Whether the last lines are of interest.
fn is_abnormal(cause: &Cause) -> bool {
    !matches!(cause, Cause::Exited { code: 0 } | Cause::Stopped { .. })
}
