//! The local JobService that stands for Vertex AI (`tests/clouds/vertex.py`), one for each test: launchers for it, shell scripts
//! as flow runs, and what is to go wrong.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use castra_agent::launchers::vertex::{ConnectError, VertexLauncher};
use castra_core::claim::Claim;
use castra_render::vertex::{LAUNCH_ID_LABEL, VertexConfig};
use google_cloud_auth::credentials::{Credentials, service_account};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};
use tokio::time::sleep;
use uuid::Uuid;

use super::moto::clouds_python;
use super::{Folder, claim, process_runs};

pub(crate) const PROJECT: &str = "my-project";
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/clouds/vertex.py");
const SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";

/// A JobService, seen from one test.
pub(crate) struct Vertex {
    pub(crate) folder: Folder,
    pub(crate) endpoint: String,
    process: Child,
    http: reqwest::Client,
}

impl Vertex {
    /// `None`, and a word about what is left out, if this machine has no Python for it.
    pub(crate) async fn find() -> Option<Self> {
        let python = clouds_python("what is launched on Vertex AI is not tested")?;
        let mut process = Command::new(python).arg(SCRIPT).stdout(Stdio::piped()).spawn().unwrap();
        let line = BufReader::new(process.stdout.take().unwrap()).lines().next().unwrap().unwrap();
        let endpoint = line.split_once(" stands at ").unwrap().1.to_owned();
        let _ = rustls::crypto::ring::default_provider().install_default();
        Some(Self { folder: Folder::new(), endpoint, process, http: reqwest::Client::new() })
    }

    /// The options of a launcher.
    pub(crate) fn config(&self) -> VertexConfig {
        VertexConfig {
            project: Some(PROJECT.to_owned()),
            endpoint: Some(self.endpoint.clone()),
            logging_endpoint: Some(self.endpoint.clone()),
            ..VertexConfig::default()
        }
    }

    /// Those of the service account whose key the JobService knows.
    pub(crate) async fn credentials(&self) -> Credentials {
        let scopes = service_account::AccessSpecifier::from_scopes([SCOPE]);
        service_account::Builder::new(self.told("key").await).with_access_specifier(scopes).build().unwrap()
    }

    pub(crate) async fn launcher(&self) -> VertexLauncher {
        self.launcher_with(self.config()).await.unwrap()
    }

    pub(crate) async fn launcher_with(&self, config: VertexConfig) -> Result<VertexLauncher, ConnectError> {
        VertexLauncher::with_credentials(&self.folder.agent(), config, self.credentials().await).await
    }

    /// A claim on a run that executes a shell script; `$PIPE` names the folder's pipe.
    pub(crate) fn script(&self, script: &str) -> Claim {
        self.script_with(script, json!({}))
    }

    /// The same with more in its run config, e.g. `scheduling`.
    pub(crate) fn script_with(&self, script: &str, more: Value) -> Claim {
        let storage = json!({
            "type": "Executable", "path": "/bin/sh", "arguments": ["-c", script, "flow"], "flow": "f",
        });
        let mut run = json!({
            "type": "VertexRun", "labels": [], "image": "any", "env": { "PIPE": self.folder.pipe() },
        });
        run.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let mut claim = claim(storage, run);
        claim.flow_run.flow.name = "flow".to_owned();
        claim
    }

    /// What is to go wrong with requests: `{method, times}` and `status` with `message`, or `loses`: `request` or `answer`.
    pub(crate) async fn faults(&self, faults: Value) {
        self.tell("faults", faults).await;
    }

    /// What is to become of the jobs that are created next.
    pub(crate) async fn fates(&self, fates: Value) {
        self.tell("fates", fates).await;
    }

    /// Tells the JobService something.
    pub(crate) async fn tell(&self, what: &str, words: Value) {
        let request = self.http.post(format!("{}/control/{what}", self.endpoint)).json(&words);
        assert!(request.send().await.unwrap().status().is_success());
    }

    /// Asks the JobService for something.
    pub(crate) async fn told(&self, what: &str) -> Value {
        self.http.get(format!("{}/control/{what}", self.endpoint)).send().await.unwrap().json().await.unwrap()
    }

    /// All jobs as Google tells of them.
    pub(crate) async fn jobs(&self) -> Vec<Value> {
        self.told("jobs").await.as_array().unwrap().clone()
    }

    /// The methods that were called, in order.
    pub(crate) async fn calls(&self) -> Vec<String> {
        let calls = self.told("calls").await;
        calls.as_array().unwrap().iter().map(|call| call["method"].as_str().unwrap().to_owned()).collect()
    }

    /// Cancels a job as a person would, in Google's console.
    pub(crate) async fn cancel_by_hand(&self, handle: &Value) {
        let name = handle["job"].as_str().unwrap();
        let request =
            self.http.post(format!("{}/v1/{name}:cancel", self.endpoint)).bearer_auth("ya29.standin-0");
        assert!(request.send().await.unwrap().status().is_success());
    }

    /// Waits until a script has told through the pipe, and its job is known to run.
    pub(crate) async fn is_up(&self) {
        self.folder.told().await;
        while !self.jobs().await.iter().any(|job| job["state"] == "JOB_STATE_RUNNING") {
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// The job of a launch, if there is one.
    pub(crate) async fn job_of(&self, launch_id: Uuid) -> Option<Value> {
        let launch_id = launch_id.to_string();
        self.jobs().await.into_iter().find(|job| job["labels"][LAUNCH_ID_LABEL] == launch_id.as_str())
    }

    /// Whether anything of a launch runs.
    pub(crate) async fn runs(&self, launch_id: Uuid) -> bool {
        let Some(job) = self.job_of(launch_id).await else { return false };
        let is_over = ["SUCCEEDED", "FAILED", "CANCELLED", "EXPIRED"]
            .iter()
            .any(|state| job["state"] == format!("JOB_STATE_{state}"));
        !is_over || job["pid"].as_i64().is_some_and(|pid| process_runs(&pid.to_string()))
    }
}

impl Drop for Vertex {
    fn drop(&mut self) {
        // Asked, it ends what it has started.
        let _ = kill(Pid::from_raw(self.process.id().try_into().unwrap()), Signal::SIGTERM);
        let _ = self.process.wait();
    }
}
