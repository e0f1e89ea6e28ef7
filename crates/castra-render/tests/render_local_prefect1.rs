//! Compares what the local agent renders with what the real LocalAgent of prefect 1.4.1 would start, on random settings,
//! surroundings and flow runs from `tests/prefect1/render_local/cases.py`. Which Python has prefect says the environment
//! variable `CASTRA_PREFECT1_PYTHON`.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail like tests")]

use std::collections::BTreeMap;
use std::process::Command;

use castra_core::claim::ClaimedFlowRun;
use castra_core::credential::Credential;
use castra_render::local::{LocalConfig, LocalSpec, Surroundings, labels_with_hostname, render};
use castra_render::{FlowRunConfig, Order};
use serde::Deserialize;
use uuid::Uuid;

const PYTHON: &str = "CASTRA_PREFECT1_PYTHON";
const SEED: &str = "20261124";
const COUNT: usize = 400;

/// Where the cases play.
#[derive(Deserialize)]
struct Machine {
    directory: String,
    hostname: String,
    python: String,
}

#[derive(Deserialize)]
struct Settings {
    api: String,
    labels: Vec<String>,
    hostname_label: bool,
    env: BTreeMap<String, String>,
    import_paths: Vec<String>,
    log_level: String,
    send_logs: bool,
}

#[derive(Deserialize)]
struct Case {
    inherited: BTreeMap<String, String>,
    agent: Settings,
    credential: Option<String>,
    tenant_id: Uuid,
    flow_run: ClaimedFlowRun,
    /// What prefect would start; absent if it refuses.
    process: Option<Process>,
    error: Option<String>,
}

/// A process as the operating system would get it.
#[derive(Debug, PartialEq, Deserialize)]
struct Process {
    command: Vec<String>,
    env: BTreeMap<String, String>,
    working_dir: Option<String>,
}

impl Process {
    fn new(spec: LocalSpec, inherited: &BTreeMap<String, String>) -> Self {
        let mut env = inherited.clone();
        for (name, value) in spec.env {
            match value {
                Some(value) => env.insert(name, value),
                None => env.remove(&name),
            };
        }
        Self { command: spec.command, env, working_dir: spec.working_dir }
    }
}

impl Case {
    fn rendered(&self, machine: &Machine) -> Result<Process, String> {
        let agent = &self.agent;
        let labels = match agent.hostname_label {
            true => labels_with_hostname(agent.labels.clone(), &machine.hostname),
            false => agent.labels.clone(),
        };
        let flow_runs = FlowRunConfig {
            api: agent.api.clone(),
            labels,
            env: agent.env.clone().into_iter().collect(),
            log_level: agent.log_level.clone(),
            send_logs: agent.send_logs,
        };
        let config =
            LocalConfig { import_paths: agent.import_paths.clone(), ..LocalConfig::new(&machine.python) };
        let surroundings = Surroundings {
            current_directory: machine.directory.clone(),
            environment: self.inherited.clone(),
        };
        let order = Order {
            launch_id: Uuid::nil(),
            flow_run: self.flow_run.clone(),
            credential: self.credential.as_ref().map(Credential::new),
            tenant_id: Some(self.tenant_id),
        };
        let spec = render(&order, &flow_runs, &config, &surroundings).map_err(|error| error.to_string())?;
        Ok(Process::new(spec, &self.inherited))
    }

    /// What differs, if anything does.
    fn judge(&self, machine: &Machine) -> Result<(), String> {
        match (self.rendered(machine), &self.process) {
            (Ok(castra), Some(prefect)) if castra == *prefect => Ok(()),
            (Err(_), None) => Ok(()),
            // Rendering looks at no disk: Castra refuses this one when it is launched.
            (Ok(_), None) if self.error.as_ref().is_some_and(|error| error.contains("`working_dir`")) => {
                Ok(())
            }
            (castra, prefect) => Err(format!("castra {castra:?}\nprefect {prefect:?} {:?}", self.error)),
        }
    }
}

#[test]
fn a_local_process_is_the_one_that_prefects_agent_would_start() {
    let Some(python) = std::env::var_os(PYTHON) else {
        eprintln!(
            "LEFT OUT: local processes are not compared with prefect 1.4.1. Set {PYTHON} to a Python that has it; \
             `cargo xtask test` makes one."
        );
        return;
    };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/prefect1/render_local/cases.py");
    let output = Command::new(python)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .args([script, SEED, &COUNT.to_string()])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let answers = String::from_utf8(output.stdout).unwrap();
    let (machine, cases) = answers.split_once('\n').unwrap();
    let machine: Machine = serde_json::from_str(machine).unwrap();
    let cases: Vec<Case> = cases.lines().map(|case| serde_json::from_str(case).unwrap()).collect();
    assert_eq!(cases.len(), COUNT);
    assert!(cases.iter().filter(|case| case.process.is_some()).count() > COUNT / 2, "too few are started");

    let differences: Vec<String> = cases.iter().filter_map(|case| case.judge(&machine).err()).collect();
    println!("{COUNT} local processes compared with prefect 1.4.1, {} differ", differences.len());
    assert!(differences.is_empty(), "{}", differences[..differences.len().min(5)].join("\n\n"));
}
