//! The agent's loop: it registers, adopts, then feeds events to the dispatcher and does what that decides, until it is
//! asked to end.

use std::collections::HashMap;
use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use castra_client::retry::Retries;
use castra_client::{AgentRegistration, Client, ClientError};
use jiff::Timestamp;
use tokio::sync::Notify;
use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{Instant, sleep_until, timeout};
use uuid::Uuid;

use crate::adopt::{Adoption, earlier};
use crate::claim::claim;
use crate::config::AgentConfig;
use crate::context::{Context, until_answered};
use crate::dispatch::{Action, Dispatcher, Event};
use crate::finish::close;
use crate::launch::launch;
use crate::launchers::Launcher;
use crate::report::report;
use crate::state_directory::{StateDirectory, StateDirectoryError};
use crate::watch::watch;

/// How long an agent that is to end goes on trying to get its last reports through.
const LAST_WORDS: Duration = Duration::from_secs(5);
/// How often leases are renewed, and so stops are heard of, while the agent has no claim open that would bring them.
const RENEWAL_WHEN_FULL: Duration = Duration::from_secs(2);

/// Why an agent cannot work.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    /// Its state directory cannot be used.
    #[error(transparent)]
    StateDirectory(#[from] StateDirectoryError),
    /// Its journal cannot be read.
    #[error("the agent cannot read its journal of launches: {0}")]
    Journal(#[from] io::Error),
    /// The server refused it. A server that is merely away is waited for.
    #[error("the server does not accept the agent: {0}")]
    Server(#[from] ClientError),
}

/// How an agent that was asked to end has left things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Farewell {
    /// Flow runs that go on without it. An agent that is started on the same state directory adopts them.
    pub left_running: usize,
}

/// An agent: claims runs and launches them with `L`.
pub struct Agent<L> {
    client: Client,
    launcher: L,
    config: AgentConfig,
}

impl<L: Launcher> Agent<L> {
    /// An agent that is not started yet.
    pub fn new(client: Client, launcher: L, config: AgentConfig) -> Self {
        // The agent's steps try again by themselves, for as long as it takes.
        Self { client: client.with_retries(Retries::NONE), launcher, config }
    }

    /// Works until `shutdown` is done: then claims nothing more, gets its last reports through if the server is there, and
    /// leaves what runs running, as Prefect 1's agents do.
    ///
    /// # Errors
    /// [`AgentError`], only while it starts.
    pub async fn run(self, shutdown: impl Future<Output = ()>) -> Result<Farewell, AgentError> {
        let mut shutdown = pin!(shutdown);
        let state = StateDirectory::open(&self.config.state_directory)?;
        let mut running = tokio::select! {
            running = self.start(&state) => running?,
            () = &mut shutdown => return Ok(Farewell { left_running: 0 }),
        };
        running.work(shutdown).await;
        Ok(running.leave().await)
    }

    /// Registers and adopts.
    async fn start(self, state: &StateDirectory) -> Result<Running<L>, AgentError> {
        let mut registration = AgentRegistration {
            id: state.agent_id().or(self.config.id),
            agent_type: self.launcher.kind().agent_type().to_owned(),
            name: self.config.name.clone(),
            labels: self.config.labels(),
        };
        let agent_id =
            until_answered("register the agent", || self.client.register_agent(&registration)).await?;
        state.keep_agent_id(agent_id)?;
        registration.id = Some(agent_id);
        let tenant_id = until_answered("ask for the tenant", || self.client.tenant_id()).await?;
        tracing::info!(%agent_id, name = %self.config.name, labels = %self.config.labels(), "registered the agent");

        let (events, received) = mpsc::unbounded_channel();
        let journal = state.journal()?;
        let Self { client, launcher, config } = self;
        let context =
            Context { client, launcher, journal, config, registration, agent_id, tenant_id, events };
        let mut running = Running::new(Arc::new(context), received);
        running.adopt().await?;
        Ok(running)
    }
}

/// A registered agent at work.
struct Running<L> {
    context: Arc<Context<L>>,
    received: UnboundedReceiver<Event>,
    dispatcher: Dispatcher,
    /// How each launch's task is told to stop it.
    stops: HashMap<Uuid, Arc<Notify>>,
    claiming: Option<AbortHandle>,
    /// Claiming, launching and watching, reporting. They end with the agent; processes do not.
    tasks: JoinSet<()>,
    /// Launches whose end the server knows, being removed from the target.
    closing: JoinSet<()>,
    renewed: Instant,
}

impl<L: Launcher> Running<L> {
    fn new(context: Arc<Context<L>>, received: UnboundedReceiver<Event>) -> Self {
        let dispatcher = Dispatcher::new(context.config.max_running);
        Self {
            context,
            received,
            dispatcher,
            stops: HashMap::new(),
            claiming: None,
            tasks: JoinSet::new(),
            closing: JoinSet::new(),
            renewed: Instant::now(),
        }
    }

    /// Picks up what an earlier life of the agent left behind.
    async fn adopt(&mut self) -> Result<(), AgentError> {
        let context = Arc::clone(&self.context);
        let ask = || context.client.open_launches(context.agent_id);
        let ledger = until_answered("read the ledger", ask).await?;
        let launches = earlier(context.journal.entries()?, &ledger);
        let known: Vec<_> = launches.iter().filter_map(|(&id, launch)| launch.to_look_for(id)).collect();
        let mut found = context.launcher.adopt(&known).await;
        for (launch_id, launch) in launches {
            match launch.adoption(found.remove(&launch_id)) {
                Adoption::Watch(launched) => {
                    tracing::info!(%launch_id, handle = %launched.handle, "adopted a flow run that an earlier agent launched");
                    self.dispatcher.adopt(launch_id);
                    let stop = self.stop_of(launch_id);
                    context.send(Event::Launched {
                        launch_id,
                        handle: launched.handle.clone(),
                        phase: launched.phase,
                    });
                    self.tasks.spawn(watch(Arc::clone(&context), launch_id, launched, stop));
                }
                Adoption::Report(end) => {
                    tracing::info!(%launch_id, cause = %end.cause, "a launch ended while the agent was away");
                    self.dispatcher.adopt(launch_id);
                    context.send(Event::Ended(launch_id, end));
                }
                Adoption::Close => {
                    self.closing.spawn(close(Arc::clone(&context), launch_id));
                }
            }
        }
        Ok(())
    }

    /// Takes event after event until `shutdown` is done. Leases are renewed on time however busy it is.
    async fn work(&mut self, mut shutdown: impl Future<Output = ()> + Unpin) {
        // Whatever the first event is, the dispatcher answers it by claiming.
        self.take(Event::RenewalDue);
        loop {
            let renewal = self.renewed + self.renewal_interval();
            let event = tokio::select! {
                biased;
                () = &mut shutdown => return,
                () = sleep_until(renewal) => {
                    self.renewed = Instant::now();
                    Event::RenewalDue
                }
                Some(event) = self.received.recv() => event,
            };
            self.take(event);
        }
    }

    fn renewal_interval(&self) -> Duration {
        let interval = self.context.config.renewal_interval();
        if self.dispatcher.is_full() { interval.min(RENEWAL_WHEN_FULL) } else { interval }
    }

    fn take(&mut self, event: Event) {
        // Tasks answer by events; a finished one has nothing more to say.
        while self.tasks.try_join_next().is_some() {}
        while self.closing.try_join_next().is_some() {}
        for action in self.dispatcher.handle(event, Timestamp::now()) {
            self.perform(action);
        }
    }

    fn perform(&mut self, action: Action) {
        let context = Arc::clone(&self.context);
        match action {
            Action::Claim { limit } => self.claiming = Some(self.tasks.spawn(claim(context, limit))),
            Action::Launch(claim) => {
                let stop = self.stop_of(claim.launch_id);
                self.tasks.spawn(launch(context, *claim, stop));
            }
            Action::Stop(launch_id) => self.stop_of(launch_id).notify_one(),
            Action::Report(batch) => {
                self.tasks.spawn(report(context, batch));
            }
            Action::Close(launch_id) => {
                self.stops.remove(&launch_id);
                self.closing.spawn(close(context, launch_id));
            }
        }
    }

    fn stop_of(&mut self, launch_id: Uuid) -> Arc<Notify> {
        Arc::clone(self.stops.entry(launch_id).or_default())
    }

    /// Gives back what the claim that was just broken off may have brought, and waits until nothing is under way.
    async fn settle(&mut self) {
        let context = Arc::clone(&self.context);
        if let Ok(open) = context.client.open_launches(context.agent_id).await {
            self.take(Event::Ledger(open));
        }
        while !self.dispatcher.is_settled() {
            let Some(event) = self.received.recv().await else { break };
            self.take(event);
        }
        while self.closing.join_next().await.is_some() {}
    }

    /// Claims nothing more, and waits a little for launches and reports that are under way.
    async fn leave(mut self) -> Farewell {
        if let Some(claiming) = self.claiming.take() {
            claiming.abort();
        }
        self.take(Event::ShutDown);
        if timeout(LAST_WORDS, self.settle()).await.is_err() {
            tracing::warn!(
                "the server does not answer; what it was not told is told when the agent starts again"
            );
        }
        let left_running = self.dispatcher.running();
        tracing::info!(left_running, "the agent ends; the flow runs it launched go on");
        Farewell { left_running }
    }
}
