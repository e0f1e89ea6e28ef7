//! Compares what the Docker agent renders with what the real DockerAgent of prefect 1.4.1 would ask docker-py for, on
//! random settings and flow runs from `tests/prefect1/render_docker/cases.py`. Which Python has prefect says the
//! environment variable `CASTRA_PREFECT1_PYTHON`; `CASTRA_PREFECT1_SEED` and `CASTRA_PREFECT1_COUNT` ask for other cases,
//! or more.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail like tests")]

use std::process::Command;

use castra_core::claim::ClaimedFlowRun;
use castra_core::credential::Credential;
use castra_render::docker::{DockerConfig, DockerSpec, LAUNCH_ID_LABEL, render};
use castra_render::{FlowRunConfig, Order};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

const PYTHON: &str = "CASTRA_PREFECT1_PYTHON";
const SEED: &str = "20261124";
const COUNT: &str = "1200";

#[derive(Deserialize)]
struct Settings {
    api: String,
    labels: Vec<String>,
    env: Vec<(String, String)>,
    log_level: String,
    send_logs: bool,
    no_pull: bool,
    volumes: Vec<String>,
    networks: Vec<String>,
    reg_allow_list: Vec<String>,
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

    fn config(&self) -> DockerConfig {
        DockerConfig {
            pull: !self.no_pull,
            volumes: self.volumes.clone(),
            networks: self.networks.clone(),
            registry_allow_list: self.reg_allow_list.clone(),
            ..DockerConfig::default()
        }
    }
}

#[derive(Deserialize)]
struct Case {
    agent: Settings,
    credential: Option<String>,
    tenant_id: Uuid,
    flow_run: ClaimedFlowRun,
    /// What prefect would ask the engine for; absent if it refuses.
    asked: Option<Value>,
    error: Option<String>,
}

impl Case {
    fn rendered(&self) -> Result<Value, String> {
        let order = Order {
            launch_id: Uuid::nil(),
            flow_run: self.flow_run.clone(),
            credential: self.credential.as_ref().map(Credential::new),
            tenant_id: Some(self.tenant_id),
        };
        let spec = render(&order, &self.agent.flow_runs(), &self.agent.config());
        spec.map(asked).map_err(|error| error.to_string())
    }

    /// What differs, if anything does.
    fn judge(&self) -> Result<(), String> {
        match (self.rendered(), &self.asked) {
            (Ok(castra), Some(prefect)) if castra == *prefect => Ok(()),
            (Err(_), None) => Ok(()),
            (Ok(castra), Some(prefect)) => Err(format!("castra {castra}\nprefect {prefect}")),
            (castra, _) => {
                let run_config = self.flow_run.run_config.clone().unwrap_or_default();
                Err(format!("castra {castra:?}\nprefect {:?}\n{run_config}", self.error))
            }
        }
    }
}

/// A spec as the engine sees it, without what Castra adds on purpose.
fn asked(spec: DockerSpec) -> Value {
    let mut body = spec.create.body;
    let label = body["Labels"].as_object_mut().and_then(|labels| labels.remove(LAUNCH_ID_LABEL));
    assert!(label.is_some(), "the label of the launch is missing");
    json!({
        "pull": spec.pull.map(with_tag),
        "volumes": spec.volumes,
        "create": { "name": spec.create.name, "body": body },
        "connect": spec.connect,
    })
}

/// As docker-py asks for it: an image without a tag is its latest one.
fn with_tag(image: String) -> String {
    let name = image.rsplit('/').next().unwrap_or_default();
    if name.contains([':', '@']) { image } else { image + ":latest" }
}

/// The name of the container of a run with this name.
fn container_name(run_name: String) -> String {
    let flow_run = json!({ "id": Uuid::nil(), "name": run_name, "flow": { "id": Uuid::nil(), "core_version": "1.4.1" } });
    let flow_run = serde_json::from_value(flow_run).unwrap();
    let order = Order { launch_id: Uuid::nil(), flow_run, credential: None, tenant_id: None };
    render(&order, &FlowRunConfig::new("http://localhost:4200"), &DockerConfig::default())
        .unwrap()
        .create
        .name
}

/// What `cases.py` prints, unless there is no Python that has prefect.
fn cases() -> Option<String> {
    let Some(python) = std::env::var_os(PYTHON) else {
        eprintln!(
            "LEFT OUT: containers are not compared with prefect 1.4.1. Set {PYTHON} to a Python that has it; \
             `cargo xtask test` makes one."
        );
        return None;
    };
    let chosen = |name: &str, default: &str| std::env::var(name).unwrap_or_else(|_| default.to_owned());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/prefect1/render_docker/cases.py");
    let output = Command::new(python)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .args([script, &chosen("CASTRA_PREFECT1_SEED", SEED), &chosen("CASTRA_PREFECT1_COUNT", COUNT)])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}

#[test]
fn a_container_is_the_one_that_prefects_agent_would_ask_for() {
    let Some(answers) = cases() else { return };
    let (names, cases) = answers.split_once('\n').unwrap();

    let names: Vec<Option<String>> = serde_json::from_str(names).unwrap();
    let characters = (0..=0xffff).filter_map(char::from_u32);
    let wrong: Vec<String> = characters
        .zip(&names)
        .filter_map(|(character, expected)| {
            let expected = expected.as_ref()?;
            let name = container_name(format!("a{character}b"));
            (name != *expected).then(|| format!("{:04x} {name} {expected}", u32::from(character)))
        })
        .collect();
    assert_eq!(names.len(), 0x10000 - 0x800);
    assert!(wrong.is_empty(), "{} names differ: {}", wrong.len(), wrong[..wrong.len().min(50)].join(", "));

    let cases: Vec<Case> = cases.lines().map(|case| serde_json::from_str(case).unwrap()).collect();
    let refused = cases.iter().filter(|case| case.asked.is_none()).count();
    assert!(refused * 2 < cases.len(), "too few containers are asked for");
    let differences: Vec<String> = cases.iter().filter_map(|case| case.judge().err()).collect();
    println!(
        "{} containers compared with prefect 1.4.1, {refused} refused there, {} differ",
        cases.len(),
        differences.len()
    );
    assert!(differences.is_empty(), "{}", differences[..differences.len().min(5)].join("\n\n"));
}
