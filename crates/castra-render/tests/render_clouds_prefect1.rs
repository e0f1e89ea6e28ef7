//! Compares what the ECS and the Vertex launcher render with what the real ECSAgent and VertexAgent of prefect 1.4.1 would
//! send, on random settings and flow runs from `tests/prefect1/render_ecs/cases.py` and `…/render_vertex/cases.py`. Which
//! Python has prefect says the environment variable `CASTRA_PREFECT1_PYTHON`.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail like tests")]

use std::process::Command;

use castra_core::claim::ClaimedFlowRun;
use castra_core::credential::Credential;
use castra_render::{FlowRunConfig, Order, Spec as _};
use castra_render::{ecs, vertex};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

const PYTHON: &str = "CASTRA_PREFECT1_PYTHON";
const SEED: &str = "20261124";
const COUNT: usize = 1_000;
const LAUNCH_ID: Uuid = Uuid::from_u128(3);

/// A case, whatever the target.
#[derive(Deserialize)]
struct Case<Agent, Known> {
    agent: Agent,
    credential: Option<String>,
    tenant_id: Uuid,
    flow_run: ClaimedFlowRun,
    /// What else the agent would have looked up.
    #[serde(flatten)]
    known: Known,
    /// What prefect would send; absent if it refuses.
    sent: Option<Value>,
    error: Option<String>,
}

#[derive(Deserialize)]
struct Settings {
    api: String,
    labels: Vec<String>,
    env: Vec<(String, String)>,
    log_level: String,
    send_logs: bool,
}

impl Settings {
    fn flow_runs(&self) -> FlowRunConfig {
        FlowRunConfig {
            api: self.api.clone(),
            labels: self.labels.clone(),
            env: self.env.clone(),
            log_level: self.log_level.clone(),
            send_logs: self.send_logs,
        }
    }
}

impl<Agent, Known> Case<Agent, Known> {
    fn order(&self) -> Order {
        Order {
            launch_id: LAUNCH_ID,
            flow_run: self.flow_run.clone(),
            credential: self.credential.as_ref().map(Credential::new),
            tenant_id: Some(self.tenant_id),
        }
    }

    /// What differs, if anything does. `is_looser`: Castra may render what prefect refuses with this error.
    fn judge(&self, rendered: Result<Value, String>, is_looser: impl Fn(&str) -> bool) -> Result<(), String> {
        match (rendered, &self.sent) {
            (Ok(castra), Some(prefect)) if castra == *prefect => Ok(()),
            (Err(_), None) => Ok(()),
            (Ok(_), None) if self.error.as_deref().is_some_and(is_looser) => Ok(()),
            (castra, prefect) => Err(format!(
                "run config {:?}\ncastra {castra:?}\nprefect {prefect:?} {:?}",
                self.flow_run.run_config, self.error
            )),
        }
    }
}

/// The cases of a script; `None`, with a word why, where there is no prefect.
fn cases<Agent, Known>(script: &str) -> Option<Vec<Case<Agent, Known>>>
where
    Case<Agent, Known>: DeserializeOwned,
{
    let Some(python) = std::env::var_os(PYTHON) else {
        eprintln!(
            "LEFT OUT: what {script} renders is not compared with prefect 1.4.1. Set {PYTHON} to a Python that has it; \
             `cargo xtask test` makes one."
        );
        return None;
    };
    let script = format!("{}/../../tests/prefect1/{script}/cases.py", env!("CARGO_MANIFEST_DIR"));
    let output = Command::new(python)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .args([&script, SEED, &COUNT.to_string()])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let answers = String::from_utf8(output.stdout).unwrap();
    let cases: Vec<Case<Agent, Known>> =
        answers.lines().map(|case| serde_json::from_str(case).unwrap()).collect();
    assert_eq!(cases.len(), COUNT);
    assert!(cases.iter().filter(|case| case.sent.is_some()).count() > COUNT / 2, "too few are sent");
    Some(cases)
}

fn none_may_differ(what: &str, differences: &[String]) {
    println!("{COUNT} {what} compared with prefect 1.4.1, {} differ", differences.len());
    assert!(differences.is_empty(), "{}", differences[..differences.len().min(5)].join("\n\n"));
}

#[derive(Deserialize)]
struct EcsSettings {
    #[serde(flatten)]
    common: Settings,
    cluster: Option<String>,
    launch_type: Option<String>,
    task_role_arn: Option<String>,
    execution_role_arn: Option<String>,
    task_definition: Value,
    has_task_definition: bool,
    run_task_kwargs: Value,
    has_run_task_kwargs: bool,
}

/// What AWS and the disk would answer.
#[derive(Deserialize)]
struct EcsKnown {
    subnets: Vec<String>,
    read: Value,
    described: Value,
}

impl EcsSettings {
    fn config(&self) -> Result<ecs::EcsConfig, String> {
        let mut config = ecs::EcsConfig {
            cluster: self.cluster.clone(),
            launch_type: self.launch_type.clone(),
            task_role_arn: self.task_role_arn.clone(),
            execution_role_arn: self.execution_role_arn.clone(),
            ..ecs::EcsConfig::default()
        };
        if self.has_task_definition {
            // Prefect refuses another one only when it is used; so does the render.
            config.task_definition = self.task_definition.clone();
        }
        if self.has_run_task_kwargs {
            let text = self.run_task_kwargs.to_string();
            config.run_task_kwargs =
                ecs::EcsConfig::read_run_task_kwargs(&text).map_err(|error| error.to_string())?;
        }
        Ok(config)
    }
}

impl Case<EcsSettings, EcsKnown> {
    fn rendered(&self) -> Result<Value, String> {
        let (order, config) = (self.order(), self.agent.config()?);
        let lookups = ecs::lookups(&order, &config).map_err(|error| error.to_string())?;
        let task_definition = lookups.task_definition.map(|lookup| match lookup {
            ecs::TaskDefinitionLookup::Read { .. } => self.known.read.clone(),
            ecs::TaskDefinitionLookup::Describe { .. } => self.known.described.clone(),
        });
        let network_configuration =
            lookups.network_configuration.then(|| ecs::network_configuration(&self.known.subnets)).flatten();
        let found = ecs::EcsFound { task_definition, network_configuration };
        let flow_runs = self.agent.common.flow_runs();
        let spec = ecs::render(&order, &flow_runs, &config, &found).map_err(|error| error.to_string())?;
        Ok(self.unmarked(spec))
    }

    /// What is sent without Castra's marks, in the words of the case.
    fn unmarked(&self, mut spec: ecs::EcsSpec) -> Value {
        // There is nothing to compare with what prefect refuses.
        let Some(theirs) = self.sent.as_ref().map(|sent| &sent["run_task"]) else { return Value::Null };
        let is_theirs = |field: &str| theirs.get(field).is_some();
        let launch_id = LAUNCH_ID.to_string();
        for field in ["clientToken", "startedBy"].into_iter().filter(|field| !is_theirs(field)) {
            assert_eq!(spec.run_task.remove(field), Some(launch_id.as_str().into()));
        }
        if let Some(Value::Array(tags)) = spec.run_task.get_mut("tags") {
            assert_eq!(tags.pop().unwrap()["key"], ecs::LAUNCH_ID_TAG);
        }
        if !is_theirs("tags") {
            assert_eq!(spec.run_task.remove("tags"), Some(Value::Array(Vec::new())));
        }
        let mut sent = serde_json::Map::new();
        if let Some(definition) = spec.register_task_definition {
            sent.insert("register_task_definition".to_owned(), definition.into());
            // That of the registration's answer.
            spec.run_task.insert("taskDefinition".to_owned(), theirs["taskDefinition"].clone());
        }
        sent.insert("run_task".to_owned(), spec.run_task.into());
        sent.into()
    }
}

#[test]
fn an_ecs_task_is_the_one_that_prefects_agent_would_run() {
    let Some(cases) = cases::<EcsSettings, EcsKnown>("render_ecs") else { return };
    // Castra infers the network only for runs that need it.
    let is_looser = |error: &str| error.contains("infer default networkConfiguration");
    let judged = cases.iter().map(|case| case.judge(case.rendered(), is_looser));
    none_may_differ("ECS tasks", &judged.filter_map(Result::err).collect::<Vec<_>>());
}

#[derive(Deserialize)]
struct VertexSettings {
    #[serde(flatten)]
    common: Settings,
    project: String,
    region_name: Option<String>,
    service_account: Option<String>,
}

#[derive(Deserialize)]
struct Nothing {}

impl Case<VertexSettings, Nothing> {
    fn rendered(&self) -> Result<Value, String> {
        let agent = &self.agent;
        let region_name = agent.region_name.clone().filter(|region| !region.is_empty());
        let config = vertex::VertexConfig {
            project: Some(agent.project.clone()),
            region_name: region_name.unwrap_or_else(|| vertex::VertexConfig::DEFAULT_REGION.to_owned()),
            service_account: agent.service_account.clone(),
            ..vertex::VertexConfig::default()
        };
        let spec = vertex::render(&self.order(), &agent.common.flow_runs(), &config)
            .map_err(|error| error.to_string())?;
        let mut custom_job = spec.to_json();
        let marks = custom_job.as_object_mut().unwrap().remove("labels").unwrap();
        assert_eq!(marks, serde_json::json!({ vertex::LAUNCH_ID_LABEL: LAUNCH_ID }));
        Ok(serde_json::json!({ "parent": config.parent(&agent.project), "custom_job": custom_job }))
    }
}

#[test]
fn a_vertex_job_is_the_one_that_prefects_agent_would_create() {
    let Some(cases) = cases::<VertexSettings, Nothing>("render_vertex") else { return };
    let judged = cases.iter().map(|case| case.judge(case.rendered(), |_| false));
    none_may_differ("Vertex jobs", &judged.filter_map(Result::err).collect::<Vec<_>>());
}
