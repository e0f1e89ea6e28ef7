//! Servers and agents as child processes: started, killed, stopped for a while, started again as they were.

use std::fs::{self, File, OpenOptions};
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::command::castra;

/// A process that runs until it is ended; it ends with this value at the latest.
pub(crate) struct Daemon {
    command: Command,
    log: PathBuf,
    child: Option<Child>,
}

impl Daemon {
    /// Starts `castra <arguments>` with these variables in its environment and its log in `folder`.
    pub(crate) fn start(folder: &Path, name: &str, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut command = castra(folder);
        command.args(arguments).envs(variables.iter().copied());
        let mut daemon = Self::stopped(folder, name, command);
        daemon.start_again();
        daemon
    }

    fn stopped(folder: &Path, name: &str, command: Command) -> Self {
        Self { command, log: folder.join(format!("{name}.log")), child: None }
    }

    /// Starts it as it was started before, with the same arguments.
    pub(crate) fn start_again(&mut self) {
        let log = self.log_file();
        self.command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        self.child = Some(self.command.spawn().unwrap());
    }

    fn log_file(&self) -> File {
        OpenOptions::new().create(true).append(true).open(&self.log).unwrap()
    }

    /// `kill -9`. Answers once it is gone.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// SIGTERM. Answers once it has ended.
    pub(crate) fn terminate(&mut self) -> ExitStatus {
        self.signal(Signal::SIGTERM);
        self.child.take().unwrap().wait().unwrap()
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        kill(self.pid(), signal).unwrap();
    }

    pub(crate) fn pid(&self) -> Pid {
        Pid::from_raw(self.child.as_ref().unwrap().id().try_into().unwrap())
    }

    /// Everything it has logged and printed.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            let log = self.log();
            let lines: Vec<&str> = log.lines().collect();
            let last = &lines[lines.len().saturating_sub(60)..];
            eprintln!("=== the end of {} ===\n{}", self.log.display(), last.join("\n"));
        }
    }
}

/// A server, whose address survives its restart.
pub(crate) struct Server {
    daemon: Daemon,
    url: String,
    /// Read no more, but kept open: who prints into a closed pipe fails.
    stdout: Option<BufReader<ChildStdout>>,
}

impl Server {
    /// Starts a server that listens at `host`, on `castra.db` in `folder`, with a command that runs `castra` in the end.
    pub(crate) fn start_with(folder: &Path, host: &str, mut command: Command) -> Self {
        let port = free_port();
        command
            .args(["server", "start", "--host", host, "--port", &port.to_string(), "--database"])
            .arg(folder.join("castra.db"));
        let daemon = Daemon::stopped(folder, "server", command);
        let mut server = Self { daemon, url: format!("http://{host}:{port}"), stdout: None };
        server.start_again();
        server
    }

    /// Starts it as it was started before, and answers once it is ready.
    pub(crate) fn start_again(&mut self) {
        let daemon = &mut self.daemon;
        let log = daemon.log_file();
        daemon.command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
        let mut child = daemon.command.spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        daemon.child = Some(child);
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        assert_eq!(line.trim_end(), format!("castra server ready at {}", self.url), "{}", daemon.log());
        self.stdout = Some(stdout);
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn kill(&mut self) {
        self.daemon.kill();
    }

    pub(crate) fn signal(&self, signal: Signal) {
        self.daemon.signal(signal);
    }

    pub(crate) fn pid(&self) -> Pid {
        self.daemon.pid()
    }
}

/// A port below those that outgoing connections are given, so that it is still free when a server comes back to it.
fn free_port() -> u16 {
    let is_free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    std::iter::repeat_with(|| rand::random_range(10_000..30_000)).find(is_free).unwrap()
}
