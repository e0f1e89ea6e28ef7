//! Compares what the Kubernetes launcher renders with what the real KubernetesAgent of prefect 1.4.1 would create, on
//! random settings, templates and flow runs from `tests/prefect1/render_kubernetes/cases.py`. Which Python has prefect
//! says the environment variable `CASTRA_PREFECT1_PYTHON`.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail like tests")]

use std::process::Command;

use castra_agent::launchers::kubernetes::load_template;
use castra_agent::launchers::location::Locations;
use castra_core::claim::ClaimedFlowRun;
use castra_core::credential::Credential;
use castra_render::kubernetes::{CREDENTIAL_KEY, KubernetesConfig, KubernetesSpec, LAUNCH_ID_LABEL, render};
use castra_render::{FlowRunConfig, Order};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

const PYTHON: &str = "CASTRA_PREFECT1_PYTHON";
const SEED: &str = "20261124";
const COUNT: usize = 1_000;
/// Flow runs of both runtimes and Prefect before 1.0 look for the credential under one of these names.
const CREDENTIAL_VARIABLES: [&str; 2] = ["PREFECT__CLOUD__API_KEY", "PREFECT__CLOUD__AUTH_TOKEN"];

#[derive(Deserialize)]
struct Settings {
    api: String,
    labels: Vec<String>,
    env: Vec<(String, String)>,
    log_level: String,
    send_logs: bool,
    service_account_name: Option<String>,
    image_pull_secrets: Option<Vec<String>>,
    job_template_path: Option<String>,
}

#[derive(Deserialize)]
struct Case {
    agent: Settings,
    credential: Option<String>,
    tenant_id: Uuid,
    flow_run: ClaimedFlowRun,
    /// The job that prefect would create; absent if it refuses.
    sent: Option<Value>,
    error: Option<String>,
}

impl Case {
    async fn rendered(&self) -> Result<KubernetesSpec, String> {
        let agent = &self.agent;
        let flow_runs = FlowRunConfig {
            api: agent.api.clone(),
            labels: agent.labels.clone(),
            env: agent.env.clone(),
            log_level: agent.log_level.clone(),
            send_logs: agent.send_logs,
        };
        let config = KubernetesConfig {
            service_account_name: agent.service_account_name.clone(),
            image_pull_secrets: agent.image_pull_secrets.clone(),
            job_template_path: agent.job_template_path.clone(),
            ..KubernetesConfig::default()
        };
        let order = Order {
            launch_id: Uuid::from_u128(3),
            flow_run: self.flow_run.clone(),
            credential: self.credential.as_ref().map(Credential::new),
            tenant_id: Some(self.tenant_id),
        };
        let template = load_template(&order, &config, &Locations::new([])).await;
        let template = template.map_err(|error| error.to_string())?;
        render(&order, &flow_runs, &config, &template).map_err(|error| error.to_string())
    }

    /// The job as prefect writes it: without Castra's label, with prefect's identifier, and with the credential where the
    /// pod refers to the Secret.
    fn in_prefects_words(&self, spec: KubernetesSpec) -> Value {
        let KubernetesSpec { mut job, secret } = spec;
        let name = job["metadata"]["name"].as_str().unwrap().to_owned();
        let expected_secret = self.credential.as_ref().map(|credential| {
            json!({
                "apiVersion": "v1",
                "kind": "Secret",
                "type": "Opaque",
                "metadata": { "name": name, "labels": identifying(&job) },
                "stringData": { CREDENTIAL_KEY: credential },
            })
        });
        assert_eq!(secret, expected_secret);
        for pointer in ["/metadata/labels", "/spec/template/metadata/labels"] {
            let labels = job.pointer_mut(pointer).unwrap().as_object_mut().unwrap();
            assert_eq!(labels.remove(LAUNCH_ID_LABEL), Some(json!(Uuid::from_u128(3))));
        }
        let reference = json!({ "secretKeyRef": { "name": name, "key": CREDENTIAL_KEY } });
        let env = job.pointer_mut("/spec/template/spec/containers/0/env").unwrap().as_array_mut().unwrap();
        for variable in env.iter_mut().filter(|_| self.credential.is_some()) {
            if CREDENTIAL_VARIABLES.iter().any(|name| variable["name"] == *name) {
                assert_eq!(variable["valueFrom"], reference);
                *variable = json!({ "name": variable["name"], "value": self.credential });
            }
        }
        with_prefects_identifier(job, self.sent.as_ref())
    }

    /// What differs, if anything does.
    async fn judge(&self) -> Result<(), String> {
        match (self.rendered().await, &self.sent) {
            (Ok(castra), Some(prefect)) => {
                let castra = self.in_prefects_words(castra);
                match castra == *prefect {
                    true => Ok(()),
                    false => Err(format!("castra {castra}\nprefect {prefect}\nof {:?}", self.flow_run)),
                }
            }
            (Err(_), None) => Ok(()),
            // Prefect makes the text that Python shows a list or a Box as, which Kubernetes refuses.
            (Err(refusal), Some(_)) if refusal.contains("`metadata.name` is a") => Ok(()),
            (castra, prefect) => Err(format!(
                "castra {:?}\nprefect {prefect:?} {:?}\nof {:?}",
                castra.map(|spec| spec.job),
                self.error,
                self.flow_run
            )),
        }
    }
}

/// The labels by which the job and its Secret are told from others.
fn identifying(job: &Value) -> Value {
    let names = ["prefect.io/identifier", "prefect.io/flow_run_id", "prefect.io/flow_id", LAUNCH_ID_LABEL];
    names.into_iter().map(|name| (name, job["metadata"]["labels"][name].clone())).collect()
}

/// Prefect's identifier is a random one.
fn with_prefects_identifier(mut job: Value, prefects: Option<&Value>) -> Value {
    const LABEL: &str = "prefect.io/identifier";
    let Some(prefects) = prefects.and_then(|job| job["metadata"]["labels"][LABEL].as_str()) else {
        return job;
    };
    let own = job["metadata"]["labels"][LABEL].as_str().unwrap().to_owned();
    let name = job["metadata"]["name"].as_str().unwrap();
    let base = name.strip_suffix(&own).unwrap();
    job["metadata"]["name"] = format!("{base}{prefects}").into();
    job["metadata"]["labels"][LABEL] = prefects.into();
    job["spec"]["template"]["metadata"]["labels"][LABEL] = prefects.into();
    job
}

#[tokio::test]
async fn a_job_is_the_one_that_prefects_agent_would_create() {
    let Some(python) = std::env::var_os(PYTHON) else {
        eprintln!(
            "LEFT OUT: Kubernetes jobs are not compared with prefect 1.4.1. Set {PYTHON} to a Python that has it; \
             `cargo xtask test` makes one."
        );
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/prefect1/render_kubernetes/cases.py");
    let output = Command::new(python)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .args([script, SEED, &COUNT.to_string()])
        .arg(folder.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let answers = String::from_utf8(output.stdout).unwrap();
    let cases: Vec<Case> = answers.lines().map(|case| serde_json::from_str(case).unwrap()).collect();
    assert_eq!(cases.len(), COUNT);
    assert!(cases.iter().filter(|case| case.sent.is_some()).count() > COUNT / 2, "too few are created");

    let mut differences = Vec::new();
    for case in &cases {
        differences.extend(case.judge().await.err());
    }
    println!("{COUNT} Kubernetes jobs compared with prefect 1.4.1, {} differ", differences.len());
    assert!(differences.is_empty(), "{}", differences[..differences.len().min(5)].join("\n\n"));
}
