//! Launches containers, watches them, stops them, finds them again. What is launched is decided in `render.rs`.
//!
//! A container stays until its end was reported, so that an agent that restarts reads its true exit code. It carries the
//! launch's id as a label, which is all that is needed to find it again.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use bollard::models::{ContainerInspectResponse, ContainerSummary, ContainerSummaryStateEnum};
use bollard::query_parameters::KillContainerOptions;
use castra_core::cause::{Cause, LaunchEnd, PullFailure};
use castra_core::launch::LaunchPhase;
use castra_core::run_config::AgentKind;
use castra_render::docker::{DockerConfig, DockerSpec, LAUNCH_ID_LABEL, render};
use castra_render::{FlowRunConfig, Order, RenderError};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use uuid::Uuid;

use crate::config::AgentConfig;
use crate::launchers::docker::cause::{Standing, credential, standing, stop_signal};
use crate::launchers::docker::engine::{ConnectError, Engine, Trouble, until_answered, wait_after};
use crate::launchers::docker::events::{Away, Events};
use crate::launchers::docker::start::{Container, is_to_remove, name_of, remove, start};
use crate::launchers::docker::{logs, pull};
use crate::launchers::{KnownLaunch, LaunchError, Launched, Launcher, News, Observation};

/// Launches runs as containers of a Docker engine.
#[derive(Debug)]
pub struct DockerLauncher {
    flow_runs: FlowRunConfig,
    config: DockerConfig,
    engine: Engine,
    events: Arc<Events>,
    /// Follows the engine's events for as long as the launcher lives.
    following: JoinHandle<()>,
}

/// A flow run's container.
#[derive(Debug)]
pub struct RunningContainer {
    watch: Watch,
    away: Away,
    /// It was told that the engine is away.
    waits: bool,
}

/// What it takes to see a container end.
#[derive(Debug)]
struct Watch {
    container: Container,
    /// Notified when something has become of it.
    woken: Arc<Notify>,
    /// It is to be looked at.
    is_due: bool,
}

/// A container that has ended, as it was found then.
#[derive(Debug)]
struct Over {
    cause: Cause,
    found: Option<ContainerInspectResponse>,
}

impl DockerLauncher {
    /// The launcher of an agent.
    ///
    /// # Errors
    /// [`ConnectError`]: there is no engine, or none to launch on.
    pub async fn connect(agent: &AgentConfig, config: DockerConfig) -> Result<Self, ConnectError> {
        let engine = Engine::connect(&config).await?;
        let events = Arc::new(Events::default());
        let following = tokio::spawn(Arc::clone(&events).follow(engine.clone()));
        Ok(Self { flow_runs: agent.flow_runs.clone(), config, engine, events, following })
    }

    fn running(&self, launch_id: Uuid, container: Container, is_due: bool) -> Launched<RunningContainer> {
        let handle = json!({ "container_id": container.id, "name": container.name });
        let watch = Watch { container, woken: self.events.of(launch_id), is_due };
        let running = RunningContainer { watch, away: self.events.away(), waits: false };
        Launched { handle, phase: LaunchPhase::Started, running }
    }

    fn show_logs(&self, container: &Container, since: Timestamp) {
        if self.config.show_flow_logs {
            tokio::spawn(logs::show(self.engine.clone(), container.id.clone(), since));
        }
    }

    /// The containers of all launches, however long it takes until the engine tells them: an agent that took one for gone
    /// would report it so.
    async fn all_containers(&self) -> Vec<ContainerSummary> {
        let mut failures = 0;
        loop {
            match self.engine.containers(None).await {
                Ok(found) => return found,
                Err(trouble) => {
                    failures += 1;
                    wait_after(failures, &trouble.to_string(), "find the flow runs of its earlier life")
                        .await;
                }
            }
        }
    }

    /// What the engine knows of a container, however long it takes until it says so.
    async fn look(&self, container: &Container) -> Option<ContainerInspectResponse> {
        let mut failures = 0;
        loop {
            match self.engine.inspect(&container.id).await {
                Ok(found) => return found,
                Err(trouble) => {
                    failures += 1;
                    wait_after(failures, &trouble.to_string(), "look at a flow run").await;
                }
            }
        }
    }

    /// Waits until the container is over.
    async fn over(&self, watch: &mut Watch) -> Over {
        loop {
            // A wait that is dropped must not lose that it was woken.
            if !watch.is_due {
                watch.woken.notified().await;
                watch.is_due = true;
            }
            if let Some(over) = self.is_over(&watch.container).await {
                return over;
            }
            watch.is_due = false;
        }
    }

    /// How the container ended, if it has.
    async fn is_over(&self, container: &Container) -> Option<Over> {
        let found = self.look(container).await;
        let cause = match standing(found.as_ref(), &container.name) {
            Standing::Runs => return None,
            Standing::Created => Cause::NotStarted { reason: "its container was never started".to_owned() },
            Standing::Ended(cause) => cause,
        };
        Some(Over { cause, found })
    }

    /// The end as it is reported, with the last lines unless all went well.
    async fn end(&self, container: &Container, Over { cause, found }: Over) -> LaunchEnd {
        let last_lines = match (&cause, &found) {
            (Cause::Exited { code: 0 }, _) | (_, None) => Vec::new(),
            _ => logs::last_lines_of(&self.engine, &container.id, credential(found.as_ref()).as_ref()).await,
        };
        LaunchEnd { cause, last_lines }
    }

    /// SIGTERM, the grace, SIGKILL. Answers once the container is over: as stopped, unless it had ended by itself.
    async fn terminate(&self, watch: &mut Watch) -> Over {
        let found = self.look(&watch.container).await;
        if found.as_ref().and_then(|found| found.state.as_ref()?.paused).unwrap_or(false) {
            // What is paused takes no signal. That it cannot be thawed shows when it is signalled.
            let _ = self.engine.docker().unpause_container(&watch.container.id).await;
        }
        let mut signal = stop_signal(found.as_ref());
        if !self.signal(&watch.container, &signal).await {
            watch.is_due = true;
            return self.over(watch).await;
        }
        let over = match timeout(self.config.stop_grace, self.over(watch)).await {
            Ok(over) => over,
            Err(_) => {
                if self.signal(&watch.container, "SIGKILL").await {
                    signal = "SIGKILL".to_owned();
                }
                watch.is_due = true;
                self.over(watch).await
            }
        };
        Over { cause: Cause::Stopped { signal }, ..over }
    }

    /// Removes a container that was only created; false if it runs by now.
    async fn is_withdrawn(&self, id: &str) -> bool {
        let ask = || self.engine.remove_unless_it_runs(id);
        let removed = until_answered("remove what was never started", ask).await;
        removed.unwrap_or_else(|trouble| {
            tracing::warn!(container = id, %trouble, "cannot remove what was never started");
            true
        })
    }

    /// Sends a signal; false if nothing runs any more.
    async fn signal(&self, container: &Container, signal: &str) -> bool {
        let kill = || async {
            let options = KillContainerOptions { signal: signal.to_owned() };
            Ok(self.engine.docker().kill_container(&container.id, Some(options)).await?)
        };
        match until_answered("stop a flow run", kill).await {
            Ok(()) => true,
            Err(trouble) if trouble.is_conflict() || trouble.is_absent() => false,
            Err(trouble) => {
                tracing::warn!(container = container.id, %trouble, "cannot signal a flow run");
                true
            }
        }
    }
}

impl Launcher for DockerLauncher {
    type Spec = DockerSpec;
    type Running = RunningContainer;

    fn kind(&self) -> AgentKind {
        AgentKind::Docker
    }

    async fn render(&self, order: &Order) -> Result<DockerSpec, LaunchError> {
        render(order, &self.flow_runs, &self.config).map_err(|error| match error {
            RenderError::RegistryNotAllowed { image, registry } => {
                LaunchError::Failed(Cause::ImageNotPulled {
                    image,
                    failure: PullFailure::NotAllowed,
                    reason: format!("the agent pulls no images from `{registry}`"),
                })
            }
            error => error.into(),
        })
    }

    async fn prepare(&self, spec: &DockerSpec, news: &News) -> Result<(), LaunchError> {
        match &spec.pull {
            Some(image) => pull::pull(&self.engine, image, news).await,
            None => Ok(()),
        }
    }

    async fn launch(
        &self,
        order: &Order,
        spec: &DockerSpec,
    ) -> Result<Launched<RunningContainer>, LaunchError> {
        // Whoever is to be woken is known before there is anything to be woken for.
        self.events.of(order.launch_id);
        match start(&self.engine, order.launch_id, spec).await {
            Ok(container) => {
                self.show_logs(&container, Timestamp::UNIX_EPOCH);
                Ok(self.running(order.launch_id, container, false))
            }
            Err(error) => {
                self.events.forget(order.launch_id);
                Err(error)
            }
        }
    }

    async fn observe(&self, running: &mut RunningContainer) -> Observation {
        let RunningContainer { watch, away, waits } = running;
        tokio::select! {
            biased;
            over = self.over(watch) => Observation::Ended(self.end(&watch.container, over).await),
            news = news(away, waits) => Observation::Waits(news),
        }
    }

    async fn stop(&self, running: &mut RunningContainer) -> LaunchEnd {
        let watch = &mut running.watch;
        let over = match self.is_over(&watch.container).await {
            Some(over) => over,
            None => self.terminate(watch).await,
        };
        self.end(&watch.container, over).await
    }

    /// A container that was to be kept (`auto_remove` is false) is kept; one that was never started is not.
    async fn remove(&self, launch_id: Uuid, _handle: Option<&Value>) {
        self.events.forget(launch_id);
        let find = || self.engine.containers(Some(launch_id));
        let found = until_answered("remove what a flow run has left", find).await.unwrap_or_else(|trouble| {
            tracing::warn!(%launch_id, %trouble, "cannot remove what a flow run has left");
            Vec::new()
        });
        for container in found {
            let is_new = container.state == Some(ContainerSummaryStateEnum::CREATED);
            if let Some(id) = container.id.filter(|_| is_new || is_to_remove(container.labels.as_ref())) {
                remove(&self.engine, &id).await;
            }
        }
    }

    /// By label, because an agent may have died between creating a container and writing that down. What has ended is
    /// adopted as well: its exit code is still there to be read. What was created and never started is removed, so that
    /// it counts as not launched, unless the engine starts it just now, because the agent that died had asked for that.
    async fn adopt(&self, known: &[KnownLaunch]) -> HashMap<Uuid, Launched<RunningContainer>> {
        let mut adopted = HashMap::new();
        if known.is_empty() {
            return adopted;
        }
        let known: HashSet<Uuid> = known.iter().map(|launch| launch.launch_id).collect();
        for found in self.all_containers().await {
            let launch_id =
                found.labels.as_ref().and_then(|labels| labels.get(LAUNCH_ID_LABEL)?.parse().ok());
            let Some((id, launch_id)) = found.id.zip(launch_id.filter(|id| known.contains(id))) else {
                continue;
            };
            let is_new = found.state == Some(ContainerSummaryStateEnum::CREATED);
            if is_new && self.is_withdrawn(&id).await {
                continue;
            }
            let container = Container { id, name: name_of(found.names.as_deref()) };
            self.show_logs(&container, Timestamp::now());
            adopted.insert(launch_id, self.running(launch_id, container, true));
        }
        adopted
    }
}

/// Waits until the engine goes away, or has come back, and says so.
async fn news(away: &mut Away, waits: &mut bool) -> String {
    loop {
        let reason = away.borrow_and_update().clone();
        if reason.is_some() != *waits {
            *waits = reason.is_some();
            return reason.map_or_else(String::new, |reason| Trouble::Away(reason).to_string());
        }
        if away.changed().await.is_err() {
            // Nobody follows the engine any more: the launcher is about to go.
            std::future::pending::<()>().await;
        }
    }
}

impl Drop for DockerLauncher {
    fn drop(&mut self) {
        self.following.abort();
    }
}
