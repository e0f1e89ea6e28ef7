//! A Docker engine of a test's own, which it may stop, kill and start again.

use std::os::unix::fs::MetadataExt;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

use super::docker::{IMAGE, docker};

/// The engine. It stops when this is dropped.
pub(crate) struct Dockerd {
    folder: TempDir,
    process: Option<Child>,
}

impl Dockerd {
    /// Starts one that has the image for tests; `None`, and a word about it, where that cannot be.
    pub(crate) async fn start() -> Option<Self> {
        let found =
            Command::new("unshare").args(["--net", "dockerd", "--version"]).stdout(Stdio::null()).status();
        let is_root = std::fs::metadata("/proc/self").unwrap().uid() == 0;
        if !is_root || !found.is_ok_and(|status| status.success()) {
            println!("LEFT OUT: a Docker engine of its own needs `dockerd`, `unshare` and root");
            return None;
        }
        let mut dockerd = Self { folder: tempfile::tempdir().unwrap(), process: None };
        dockerd.start_again().await;
        let socket = dockerd.address();
        let load = format!("docker save {IMAGE} | docker --host {socket} load");
        assert!(Command::new("sh").args(["-c", &load]).stdout(Stdio::null()).status().unwrap().success());
        Some(dockerd)
    }

    pub(crate) fn address(&self) -> String {
        format!("unix://{}/docker.sock", self.folder.path().display())
    }

    /// Starts it after it has ended.
    pub(crate) async fn start_again(&mut self) {
        let path = |name: &str| self.folder.path().join(name).display().to_string();
        let log = std::fs::File::options().append(true).create(true).open(path("log")).unwrap();
        // In a network of its own: an engine without a bridge removes `docker0`, which is another engine's.
        let mut command = Command::new("unshare");
        command.args(["--net", "dockerd", "--bridge", "none", "--iptables=false", "--host", &self.address()]);
        command.args(["--data-root", &path("data"), "--exec-root", &path("exec"), "--pidfile", &path("pid")]);
        // Containers start here as they do on the engine that is already running.
        let runtime = docker(&["info", "--format", "{{.DefaultRuntime}}"]);
        let path_of = format!("{{{{(index .Runtimes \"{runtime}\").Path}}}}");
        let runtime_path = docker(&["info", "--format", &path_of]);
        if runtime != "runc" {
            command.args([
                "--add-runtime",
                &format!("{runtime}={runtime_path}"),
                "--default-runtime",
                &runtime,
            ]);
        }
        let process =
            command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap();
        self.process = Some(process);
        for _ in 0..200 {
            if self.answers() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let log = std::fs::read_to_string(path("log")).unwrap();
        panic!("dockerd does not start: {}", log.lines().last().unwrap_or_default());
    }

    /// Ends it with this signal and waits until it is gone.
    pub(crate) fn end(&mut self, signal: Signal) {
        if let Some(mut process) = self.process.take() {
            kill(Pid::from_raw(process.id().try_into().unwrap()), signal).unwrap();
            process.wait().unwrap();
            // Where nobody reaps orphans, its dead containerd would be taken for one that still runs.
            for file in ["pid", "exec/containerd/containerd.pid"] {
                let _ = std::fs::remove_file(self.folder.path().join(file));
            }
        }
    }

    fn answers(&self) -> bool {
        let info = Command::new("docker").args(["--host", &self.address(), "info"]).output();
        info.is_ok_and(|output| output.status.success())
    }
}

impl Drop for Dockerd {
    fn drop(&mut self) {
        self.end(Signal::SIGTERM);
        // An engine that was killed leaves its folder mounted on itself.
        let _ = Command::new("umount").arg(self.folder.path().join("data")).stderr(Stdio::null()).status();
    }
}
