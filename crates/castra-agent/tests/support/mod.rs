//! What the tests of the agent share: orders, shell scripts as flow runs, pipes that tell when something has happened.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail like tests")]
#![allow(dead_code, reason = "each test binary uses a part")]

pub(crate) mod docker;
pub(crate) mod dockerd;
pub(crate) mod ecs;
pub(crate) mod kubernetes;
pub(crate) mod moto;
pub(crate) mod proxy;
pub(crate) mod registry;
pub(crate) mod requests;
pub(crate) mod server;
pub(crate) mod vertex;

use std::path::{Path, PathBuf};
use std::time::Duration;

use castra_agent::AgentConfig;
use castra_agent::launchers::local::LocalLauncher;
use castra_agent::launchers::{LaunchError, Launched, Launcher};
use castra_core::claim::Claim;
use castra_render::local::LocalConfig;
use castra_render::{FlowRunConfig, Order};
use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;

/// A claim on a run of a flow with this storage and this run config.
pub(crate) fn claim(storage: Value, run_config: Value) -> Claim {
    let launch_id = Uuid::new_v4();
    serde_json::from_value(json!({
        "launch_id": launch_id,
        "credential": format!("castra_{launch_id}_s3cret"),
        "lease_expires_at": "2030-01-01T00:00:00Z",
        "flow_run": {
            "id": Uuid::new_v4(),
            "run_config": run_config,
            "flow": { "id": Uuid::new_v4(), "storage": storage, "core_version": "castra/0.1.0" },
        },
    }))
    .unwrap()
}

/// A claim on a run that executes a shell script; `$PIPE` names a pipe, see [`Folder::pipe`].
pub(crate) fn script(folder: &Folder, script: &str) -> Claim {
    let storage =
        json!({ "type": "Executable", "path": "/bin/sh", "arguments": ["-c", script, "flow"], "flow": "f" });
    claim(storage, json!({ "type": "LocalRun", "env": { "PIPE": folder.pipe() }, "labels": [] }))
}

/// The order of a claim.
pub(crate) fn order(claim: Claim) -> Order {
    Order::new(claim, None)
}

/// Rendering and launching in one, as the agent does it.
pub(crate) trait Starts: Launcher {
    async fn start(&self, order: &Order) -> Result<Launched<Self::Running>, LaunchError> {
        let spec = self.render(order).await?;
        self.launch(order, &spec).await
    }
}

impl<L: Launcher> Starts for L {}

/// A folder of one test.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        nix::unistd::mkfifo(&folder.pipe(), nix::sys::stat::Mode::S_IRWXU).unwrap();
        folder
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// A named pipe: what a script writes into it, [`Folder::told`] answers with.
    pub(crate) fn pipe(&self) -> PathBuf {
        self.path().join("pipe")
    }

    /// Waits until a script has written to the pipe and closed it.
    pub(crate) async fn told(&self) -> String {
        tokio::fs::read_to_string(self.pipe()).await.unwrap().trim_end().to_owned()
    }

    /// The agent whose state is here.
    pub(crate) fn agent(&self) -> AgentConfig {
        AgentConfig::new(self.path().join("state"), FlowRunConfig::new("http://castra.test"))
    }

    /// A local launcher whose processes get a short grace.
    pub(crate) fn local_launcher(&self) -> LocalLauncher {
        let config =
            LocalConfig { stop_grace: Duration::from_millis(200), ..LocalConfig::new("/bin/python3") };
        LocalLauncher::new(&self.agent(), config).unwrap()
    }
}

/// True while a process runs; a zombie does not.
pub(crate) fn process_runs(pid: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, fields)| !fields.starts_with(['Z', 'X']))
}
