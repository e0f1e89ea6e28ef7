//! A server and an agent as a user has them: real processes of the release binary, on a database of their own, ended with the value.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow};
use castra_client::Client;
use tempfile::TempDir;

use crate::flows;

/// A process that ends when it is dropped.
pub(crate) struct Process(Child);

impl Process {
    fn start(command: &mut Command) -> Result<Self> {
        let child = command.stdin(Stdio::null()).spawn().with_context(|| format!("starting {command:?}"))?;
        Ok(Self(child))
    }

    /// Resident memory in MiB (`VmRSS`).
    pub(crate) fn resident_mebibytes(&self) -> Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id()))?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).context("no VmRSS in /proc")?;
        let kibibytes: f64 = line.split_whitespace().nth(1).context("VmRSS has no value")?.parse()?;
        Ok(kibibytes / 1024.0)
    }

    /// CPU time it has used, and that of its ended children.
    pub(crate) fn cpu_time(&self) -> Result<Duration> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.0.id()))?;
        let after_name = stat.rsplit_once(") ").context("unreadable /proc stat")?.1;
        let ticks: u64 = after_name
            .split(' ')
            .skip(11)
            .take(4)
            .map(|field| field.parse::<u64>().unwrap_or_default())
            .sum();
        let per_second = nix::unistd::sysconf(nix::unistd::SysconfVar::CLK_TCK)?.context("no clock tick")?;
        Ok(Duration::from_secs_f64(ticks as f64 / per_second as f64))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It has ended already if this fails.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A server on an empty database, and the folder of everything.
pub(crate) struct Installation {
    pub(crate) server: Process,
    pub(crate) url: String,
    pub(crate) ready_after: Duration,
    folder: TempDir,
}

impl Installation {
    /// Starts a server and waits until it says that it is ready.
    pub(crate) fn start() -> Result<Self> {
        Self::start_on("127.0.0.1")
    }

    /// Starts a server that listens on this address.
    pub(crate) fn start_on(host: &str) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let begin = Instant::now();
        let mut command = Command::new(castra());
        command
            .args(["server", "start", "--host", host, "--port", "0", "--database"])
            .arg(folder.path().join("castra.db"));
        command.env("CASTRA_LOG", "error").stdout(Stdio::piped());
        let mut server = Process::start(&mut command)?;
        let stdout = server.0.stdout.take().context("the server has no stdout")?;
        let line = BufReader::new(stdout)
            .lines()
            .next()
            .ok_or_else(|| anyhow!("the server ended before it was ready"))??;
        let ready_after = begin.elapsed();
        let url = line.rsplit_once(" at ").context("the server did not tell its address")?.1.to_owned();
        Ok(Self { server, url, ready_after, folder })
    }

    /// Starts a local agent with the benchmark's label.
    pub(crate) fn agent(&self) -> Result<Process> {
        self.agent_of("local", &[])
    }

    /// Starts an agent of this kind, with these options, with the benchmark's label.
    pub(crate) fn agent_of(&self, kind: &str, options: &[&str]) -> Result<Process> {
        let mut command = Command::new(castra());
        command.args(["agent", kind, "start", "--label", flows::LABEL, "--api", &self.url]).args(options);
        command.arg("--state-dir").arg(self.folder.path().join("agent"));
        Process::start(command.env("CASTRA_LOG", "error").stdout(Stdio::null()))
    }

    /// A client of the server.
    pub(crate) fn client(&self) -> Result<Client> {
        Ok(Client::new(&self.url, None)?)
    }

    /// The installation's folder.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A file in the installation's folder.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// The release binary beside this one.
pub(crate) fn castra() -> PathBuf {
    let here = std::env::current_exe().unwrap_or_default();
    here.parent().unwrap_or(Path::new(".")).join("castra")
}

/// One runtime for a measure, on as many threads as a load generator needs.
pub(crate) fn block_on<T>(future: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(future)
}
