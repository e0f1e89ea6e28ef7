//! A world for one test: a folder, a server on an empty database in it, and its API. Nothing of it outlives the test.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;
use tempfile::TempDir;

use super::api::{Api, eventually};
use super::command::{Answer, castra};
use super::daemon::{Daemon, Server};
use super::process;

const LOOPBACK: &str = "127.0.0.1";

pub(crate) struct World {
    pub(crate) server: Server,
    pub(crate) api: Api,
    folder: TempDir,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(castra).await
    }

    /// A world whose server is started by what `command` makes of the folder.
    pub(crate) async fn with(command: impl FnOnce(&Path) -> Command) -> Self {
        Self::at(LOOPBACK, command).await
    }

    /// A world whose server listens at `host`, e.g. where containers reach it.
    pub(crate) async fn at(host: &str, command: impl FnOnce(&Path) -> Command) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::start_with(folder.path(), host, command(folder.path()));
        let api = Api::new(server.url()).await;
        Self { server, api, folder }
    }

    /// A path in the world's folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A local agent with these labels.
    pub(crate) fn agent(&self, name: &str, labels: &[&str]) -> Daemon {
        let options: Vec<&str> = labels.iter().flat_map(|label| ["-l", label]).collect();
        self.agent_with(name, &options)
    }

    /// A local agent with these options, and a state directory of its own.
    pub(crate) fn agent_with(&self, name: &str, options: &[&str]) -> Daemon {
        self.agent_of("local", name, &[&["--no-hostname-label"], options].concat(), &[])
    }

    /// An agent of this kind with these options and variables, and a state directory of its own.
    pub(crate) fn agent_of(
        &self,
        kind: &str,
        name: &str,
        options: &[&str],
        variables: &[(&str, &str)],
    ) -> Daemon {
        let state = self.path(&format!("state-{name}"));
        let mut arguments = vec!["agent", kind, "start", "--api", self.server.url()];
        arguments.extend(["--name", name, "--state-dir", state.to_str().unwrap()]);
        arguments.extend(options);
        Daemon::start(self.folder.path(), name, &arguments, variables)
    }

    /// Runs a command against the server to its end.
    pub(crate) fn castra(&self, arguments: &[&str]) -> Answer {
        let mut command = castra(self.folder.path());
        command.args(arguments).env("CASTRA_API", self.server.url()).output().unwrap().into()
    }

    /// Every process that is alive and belongs to a flow run.
    pub(crate) fn flow_run_processes(&self) -> Vec<i32> {
        process::launched_for(self.server.url())
    }

    /// Waits until so many processes of flow runs are alive.
    pub(crate) async fn has_flow_run_processes(&self, count: usize) {
        eventually(&format!("{count} processes"), async || {
            let alive = self.flow_run_processes();
            if alive.len() == count { Ok(()) } else { Err(json!(alive)) }
        })
        .await;
    }
}

impl Drop for World {
    fn drop(&mut self) {
        // Agents leave flow runs running; their agents were dropped before.
        process::kill_launched_for(self.server.url());
    }
}
