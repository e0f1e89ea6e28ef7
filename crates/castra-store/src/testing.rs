//! A store for tests: a fresh database, a clock that moves when told to, and flows, runs and agents in a line each.
#![allow(clippy::expect_used, reason = "these helpers run in tests only, where a panic is a failure")]

use std::path::Path;
use std::sync::Arc;

use castra_core::cause::Cause;
use castra_core::claim::{Claim, ClaimRequest, default_lease_seconds};
use castra_core::label::LabelSet;
use castra_core::launch::{LaunchPhase, LaunchReport, LaunchStanding};
use castra_core::state::{State, StateKind};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};
use tempfile::TempDir;
use uuid::Uuid;

use crate::agent::{AgentRegistration, register_agent};
use crate::claim::{Claimed, claim_flow_runs};
use crate::create_flow_run::{CreateFlowRun, FlowToRun, create_flow_run};
use crate::credential::{FlowRunProcess, authenticate};
use crate::database::{FromValue, ManualClock, Store, StoreConfig, Transaction, Value};
use crate::error::Result;
use crate::flow_run_state::{FlowRunNow, SetFlowRunState, set_flow_run_state};
use crate::launch::report_launches;
use crate::project::{NewProject, create_project};
use crate::register::{RegisterFlow, RegisteredFlow, register_flow};
use crate::tenant::tenant_or_default;

/// A store in a directory of its own, which goes away with it. The clock stands until it is moved.
pub struct TestStore {
    store: Store,
    clock: Arc<ManualClock>,
    directory: TempDir,
}

impl Default for TestStore {
    fn default() -> Self {
        Self::new()
    }
}

impl TestStore {
    /// An empty store at 2026-01-01 00:00 UTC, in memory where the system has a directory there: tests commit often.
    pub fn new() -> Self {
        let memory = Path::new("/dev/shm");
        let directory = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
        let directory = directory.expect("a directory for the test");
        let clock = Arc::new(ManualClock::new(start()));
        Self { store: open(directory.path(), &clock), clock, directory }
    }

    /// Closes the database and opens it again.
    pub fn reopen(self) -> Self {
        drop(self.store);
        Self { store: open(self.directory.path(), &self.clock), clock: self.clock, directory: self.directory }
    }

    /// The store.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The clock.
    pub fn clock(&self) -> &Arc<ManualClock> {
        &self.clock
    }

    /// Lets time pass.
    pub fn wait_seconds(&self, seconds: i64) {
        self.clock.advance(SignedDuration::from_secs(seconds));
    }

    /// Runs a verb that succeeds.
    pub async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<T> + Send + 'static,
    ) -> T {
        self.store.write(work).await.expect("the transaction succeeds")
    }

    /// Runs a verb that fails, and answers in which words.
    pub async fn refused<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<T> + Send + 'static,
    ) -> String {
        self.store.write(work).await.err().expect("the transaction fails").to_string()
    }

    /// The first column of the first row of an answer.
    pub async fn value<T: FromValue + Send + 'static>(&self, sql: &'static str, parameters: &[Value]) -> T {
        let parameters = parameters.to_vec();
        let read = self.store.read(move |tx| tx.query_one(sql, &parameters, |row| row.get(0)));
        read.await.expect("the query succeeds")
    }

    /// The project `tests`.
    pub async fn a_project(&self) -> Uuid {
        self.write(|tx| {
            let tenant = tenant_or_default(tx, None)?;
            let find = "select id from project where tenant_id = ?1";
            if let Some(id) = tx.query_optional(find, &[tenant.into()], |row| row.get(0))? {
                return Ok(id);
            }
            create_project(
                tx,
                &NewProject { tenant_id: Some(tenant), name: "tests".to_owned(), description: None },
            )
        })
        .await
    }

    /// Registers a serialized flow with everything inside, as `castra register` does.
    pub async fn register(&self, serialized_flow: Json) -> RegisteredFlow {
        let project_id = self.a_project().await;
        let request = RegisterFlow {
            project_id,
            serialized_flow,
            version_group_id: None,
            idempotency_key: None,
            set_schedule_active: true,
        };
        self.write(move |tx| register_flow(tx, &request)).await
    }

    /// A flow whose run config is a `LocalRun` with these labels.
    pub async fn a_flow(&self, labels: &[&str]) -> Uuid {
        self.register(a_serialized_flow(labels)).await.id
    }

    /// A run of a flow, to start at once.
    pub async fn a_run(&self, flow_id: Uuid) -> Uuid {
        let request = CreateFlowRun::of(FlowToRun::Flow(flow_id));
        self.write(move |tx| create_flow_run(tx, &request)).await.id
    }

    /// A local agent with these labels.
    pub async fn an_agent(&self, labels: &[&str]) -> Uuid {
        let registration = AgentRegistration {
            id: None,
            agent_type: "LocalAgent".to_owned(),
            name: None,
            labels: labels.iter().copied().collect(),
            tenant_id: None,
        };
        self.write(move |tx| register_agent(tx, &registration)).await
    }

    /// What an agent is answered when it asks for up to `limit` runs.
    pub async fn claim(&self, agent_id: Uuid, limit: u32) -> Claimed {
        self.write(move |tx| {
            let find = "select labels from agent where id = ?1";
            let labels: LabelSet = tx.query_one(find, &[agent_id.into()], |row| row.get(0))?;
            let lease_seconds = default_lease_seconds();
            claim_flow_runs(tx, &ClaimRequest { agent_id, labels, limit, wait_seconds: 0, lease_seconds })
        })
        .await
    }

    /// Claims the one run that there is for an agent.
    pub async fn claim_one(&self, agent_id: Uuid) -> Claim {
        self.claim(agent_id, 1).await.reply.claims.pop().expect("a run to claim")
    }

    /// The process that was given a claim's credential.
    pub async fn process(&self, claim: &Claim) -> FlowRunProcess {
        let credential = claim.credential.parse().expect("a credential");
        self.write(move |tx| authenticate(tx, &credential)).await
    }

    /// Sets a run's state, as a person does without a version, or a process.
    pub async fn set_state(
        &self,
        flow_run_id: Uuid,
        state: State,
        process: Option<FlowRunProcess>,
    ) -> Result<FlowRunNow> {
        let request = SetFlowRunState { flow_run_id, state, version: None, process, agent_id: None };
        self.store.write(move |tx| set_flow_run_state(tx, &request)).await
    }

    /// The state a run is in.
    pub async fn state_of(&self, flow_run_id: Uuid) -> StateKind {
        self.value("select state from flow_run where id = ?1", &[flow_run_id.into()]).await
    }

    /// The message of the state a run is in.
    pub async fn message_of(&self, flow_run_id: Uuid) -> String {
        self.value("select state_message from flow_run where id = ?1", &[flow_run_id.into()]).await
    }

    /// An agent reports the phase of a launch, or only that it holds it.
    pub async fn report(
        &self,
        agent_id: Uuid,
        launch_id: Uuid,
        phase: Option<LaunchPhase>,
    ) -> LaunchStanding {
        let occurred_at = self.now();
        self.send(agent_id, LaunchReport { phase, ..LaunchReport::renewal(launch_id, occurred_at) }).await
    }

    /// An agent reports the end of a launch.
    pub async fn report_end(&self, agent_id: Uuid, launch_id: Uuid, cause: Cause) -> LaunchStanding {
        let (occurred_at, phase) = (self.now(), Some(LaunchPhase::Ended));
        let end = Some(cause.into());
        self.send(agent_id, LaunchReport { phase, end, ..LaunchReport::renewal(launch_id, occurred_at) })
            .await
    }

    async fn send(&self, agent_id: Uuid, report: LaunchReport) -> LaunchStanding {
        let replies = self.write(move |tx| report_launches(tx, agent_id, &[report])).await;
        replies[0].standing
    }

    /// The instant that the store takes for now.
    pub fn now(&self) -> Timestamp {
        use crate::database::Clock;
        self.clock.now()
    }
}

/// When tests begin.
fn start() -> Timestamp {
    "2026-01-01T00:00:00Z".parse().expect("an instant")
}

fn open(directory: &Path, clock: &Arc<ManualClock>) -> Store {
    let config = StoreConfig { path: directory.join("castra.db") };
    Store::open(&config, clock.clone()).expect("the database opens")
}

/// A flow `etl` of Castra's with two tasks, the second of which has two retries and waits for the first, and with a
/// `LocalRun` of these labels.
pub fn a_serialized_flow(labels: &[&str]) -> Json {
    let task = |slug: &str, max_retries: i64| json!({"slug": slug, "name": slug, "type": "tests.Task", "max_retries": max_retries, "retry_delay": 5});
    json!({
        "name": "etl",
        "tasks": [task("extract", 0), task("load", 2)],
        "edges": [{"upstream_task": {"slug": "extract"}, "downstream_task": {"slug": "load"}, "key": "rows"}],
        "reference_tasks": [{"slug": "load"}],
        "run_config": {"type": "LocalRun", "labels": labels},
        "__version__": "castra/0.1.0",
    })
}
