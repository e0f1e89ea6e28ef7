//! ECS for tests: moto with tasks that really run (`tests/clouds/ecs.py`), one for each test; launchers for it, shell scripts
//! as flow runs in tasks.

use std::time::Duration;

use aws_config::Region;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_types::SdkConfig;
use castra_agent::launchers::ecs::{ConnectError, EcsLauncher};
use castra_agent::launchers::location::Locations;
use castra_core::claim::Claim;
use castra_render::ecs::EcsConfig;
use serde_json::{Value, json};
use uuid::Uuid;

use super::moto::Moto;
use super::{Folder, claim};

const LEFT_OUT: &str = "nothing is launched on ECS";
pub(crate) const REGION: &str = "us-east-1";
/// A role, which nobody looks at.
pub(crate) const ROLE: &str = "arn:aws:iam::123456789012:role/castra";

/// An account of AWS, seen from one test.
pub(crate) struct Ecs {
    pub(crate) folder: Folder,
    pub(crate) moto: Moto,
}

impl Ecs {
    /// `None`, and a word about it, if this machine has nothing that stands for AWS.
    pub(crate) fn start() -> Option<Self> {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/clouds/ecs.py");
        Some(Self { folder: Folder::new(), moto: Moto::start_with(LEFT_OUT, &[script])? })
    }

    /// What an agent's AWS is configured like.
    pub(crate) fn sdk(&self) -> SdkConfig {
        self.sdk_with("key", REGION, &self.moto.endpoint)
    }

    pub(crate) fn sdk_with(&self, key: &str, region: &str, endpoint: &str) -> SdkConfig {
        let credentials = Credentials::new(key, "s3cr3t", None, None, "test");
        SdkConfig::builder()
            .region(Region::new(region.to_owned()))
            .endpoint_url(endpoint)
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .build()
    }

    /// The options of a launcher that looks often, and whose tasks get a short grace and log to CloudWatch.
    pub(crate) fn config(&self) -> EcsConfig {
        EcsConfig {
            execution_role_arn: Some(ROLE.to_owned()),
            task_definition: json!({
                "networkMode": "awsvpc", "cpu": 256, "memory": 512, "containerDefinitions": [{
                    "name": "flow", "stopTimeout": 2, "logConfiguration": { "logDriver": "awslogs", "options": {
                        "awslogs-group": "flows", "awslogs-stream-prefix": "test", "awslogs-region": REGION,
                    } },
                }],
            }),
            poll_interval: Duration::from_millis(100),
            ..EcsConfig::default()
        }
    }

    pub(crate) async fn launcher(&self) -> EcsLauncher {
        self.launcher_with(self.config()).await
    }

    pub(crate) async fn launcher_with(&self, config: EcsConfig) -> EcsLauncher {
        self.connect(config, &self.sdk()).await.unwrap()
    }

    pub(crate) async fn connect(
        &self,
        config: EcsConfig,
        sdk: &SdkConfig,
    ) -> Result<EcsLauncher, ConnectError> {
        let locations = Locations::new(self.moto.variables());
        EcsLauncher::with_sdk_config(&self.folder.agent(), config, sdk, locations).await
    }

    /// A claim on a run that executes a shell script in a task; `$PIPE` names the folder's pipe.
    pub(crate) fn script(&self, script: &str) -> Claim {
        self.script_with(script, json!({}))
    }

    /// The same with more in its run config, e.g. `run_task_kwargs`.
    pub(crate) fn script_with(&self, script: &str, more: Value) -> Claim {
        let storage = json!({
            "type": "Executable", "path": "/bin/sh", "arguments": ["-c", script, "flow"], "flow": "f",
        });
        let mut run = json!({
            "type": "ECSRun", "labels": [], "image": "example/flow:1", "env": { "PIPE": self.folder.pipe() },
        });
        run.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let mut claim = claim(storage, run);
        // Tags name the flow, so that only runs of the same one can have the same task definition.
        claim.flow_run.flow.id = Uuid::nil();
        claim
    }

    /// Tells the stand-in something, or asks it: see `tests/clouds/ecs.py`.
    pub(crate) async fn control(&self, what: &str, given: Value) -> Value {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let url = format!("{}/castra/{what}", self.moto.endpoint);
        let answer = reqwest::Client::new().post(url).json(&given).send().await.unwrap();
        answer.error_for_status().unwrap().json().await.unwrap()
    }

    /// The next requests of an action fail.
    pub(crate) async fn fault(&self, fault: Value) {
        self.control("faults", fault).await;
    }

    /// Names of actions that were asked for, in order; without DescribeTasks, of which there are as many as time allows.
    pub(crate) async fn asked(&self) -> Vec<String> {
        let calls = self.control("calls", json!({})).await;
        let actions =
            calls.as_array().unwrap().iter().map(|call| call["action"].as_str().unwrap().to_owned());
        actions.filter(|action| action != "DescribeTasks").collect()
    }

    /// What an action was given, each time.
    pub(crate) async fn given(&self, action: &str) -> Vec<Value> {
        let calls = self.control("calls", json!({})).await;
        let calls = calls.as_array().unwrap().iter().filter(|call| call["action"] == action);
        calls.map(|call| call["input"].clone()).collect()
    }

    /// The tasks of a launch.
    pub(crate) async fn tasks(&self, launch_id: Uuid) -> Vec<Value> {
        let tasks = self.control("tasks", json!({})).await;
        let is_its = |task: &&Value| {
            let tags = task["tags"].as_array();
            tags.is_some_and(|tags| tags.iter().any(|tag| tag["value"] == launch_id.to_string()))
        };
        tasks.as_array().unwrap().iter().filter(is_its).cloned().collect()
    }

    /// Whether anything of a launch runs.
    pub(crate) async fn runs(&self, launch_id: Uuid) -> bool {
        self.tasks(launch_id).await.iter().any(|task| task["lastStatus"] != "STOPPED")
    }

    /// Whether anything of a launch is still there but its stopped task, which ECS itself forgets.
    pub(crate) async fn remains(&self, launch_id: Uuid) -> bool {
        let parameters = self.control("parameters", json!({})).await;
        let definitions = self.control("definitions", json!({})).await;
        let of_launch = |names: &Value| names.to_string().contains(&launch_id.to_string());
        self.runs(launch_id).await || of_launch(&parameters) || of_launch(&definitions)
    }
}
