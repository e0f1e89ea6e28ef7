//! Starts processes, waits for them, stops them, finds them again. What is started is decided in `render.rs`.
//!
//! Each process leads a group of its own, so that all it starts is stopped with it. Whatever is left of the group when
//! the leader ends is ended too: a launch that is over leaves nothing behind. Processes are started without anything that
//! would take the standard library off its `posix_spawn` path, and are waited for through their pidfd, without a thread.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use castra_core::cause::{Cause, LaunchEnd};
use castra_core::credential::Credential;
use castra_core::launch::LaunchPhase;
use castra_core::run_config::AgentKind;
use castra_render::local::{LocalConfig, LocalSpec, Surroundings, render};
use castra_render::{FlowRunConfig, Order};
use nix::errno::Errno;
use nix::sys::signal::Signal;
use serde_json::json;
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use crate::config::AgentConfig;
use crate::launchers::local::output::Output;
use crate::launchers::local::process::{self, ProcessId, is_executable};
use crate::launchers::local::surroundings::surroundings_of_this_process;
use crate::launchers::{KnownLaunch, LaunchError, Launched, Launcher, Observation};

/// How often output that is shown is read, and a process that is nobody's child is looked at.
const LOOK: Duration = Duration::from_millis(250);
/// How often output that is not shown is looked after.
const TEND: Duration = Duration::from_secs(2);
/// How often a group is looked at that should be gone soon.
const GONE: Duration = Duration::from_millis(20);

/// Launches runs as processes beside the agent.
#[derive(Debug)]
pub struct LocalLauncher {
    flow_runs: FlowRunConfig,
    config: LocalConfig,
    surroundings: Surroundings,
    outputs: PathBuf,
}

/// A flow run's process, and all it has started.
#[derive(Debug)]
pub struct RunningProcess {
    id: ProcessId,
    /// `None` for an adopted process, which is not the agent's child and whose exit code nobody can know.
    child: Option<Child>,
    output: Output,
    credential: Option<Credential>,
}

impl LocalLauncher {
    /// The launcher of an agent; it keeps the output of its processes under the agent's state directory.
    ///
    /// # Errors
    /// The directory cannot be made, or the agent's own working directory is gone.
    pub fn new(agent: &AgentConfig, config: LocalConfig) -> io::Result<Self> {
        let outputs = agent.state_directory.join("output");
        fs::create_dir_all(&outputs)?;
        let surroundings = surroundings_of_this_process()?;
        Ok(Self { flow_runs: agent.flow_runs.clone(), config, surroundings, outputs })
    }

    fn output_path(&self, launch_id: Uuid) -> PathBuf {
        self.outputs.join(launch_id.to_string())
    }

    fn start(&self, spec: &LocalSpec, output: File) -> io::Result<Child> {
        let (program, arguments) = spec.command.split_first().ok_or(io::ErrorKind::InvalidInput)?;
        let mut command = Command::new(program);
        command.args(arguments).process_group(0);
        command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output);
        for (name, value) in &spec.env {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        if let Some(directory) = &spec.working_dir {
            command.current_dir(directory);
        }
        command.spawn()
    }

    /// SIGTERM to the group, the grace, SIGKILL. Answers with the last signal once nothing of the group runs.
    async fn terminate(&self, running: &mut RunningProcess) -> Signal {
        running.id.signal_group(Signal::SIGTERM);
        if timeout(self.config.stop_grace, running.gone()).await.is_ok() {
            return Signal::SIGTERM;
        }
        while running.id.group_is_alive() {
            running.id.signal_group(Signal::SIGKILL);
            sleep(GONE).await;
        }
        running.gone().await;
        Signal::SIGKILL
    }

    /// Ends what the process has left in its group.
    async fn sweep(&self, running: &mut RunningProcess) {
        if running.id.group_is_alive() {
            let signal = self.terminate(running).await;
            tracing::info!(pid = running.id.pid, %signal, "ended what a flow run had left running");
        }
    }

    fn adopted(&self, launch_id: Uuid, id: ProcessId) -> Launched<RunningProcess> {
        let output = Output::reopen(self.output_path(launch_id), self.config.show_flow_logs);
        launched(RunningProcess { id, child: None, output, credential: process::credential_of_group(id.pid) })
    }

    /// Removes outputs that an earlier life of the agent left behind.
    fn clear_outputs(&self, adopted: &HashMap<Uuid, Launched<RunningProcess>>) {
        for entry in fs::read_dir(&self.outputs).into_iter().flatten().flatten() {
            let launch_id = entry.file_name().to_str().and_then(|name| name.parse().ok());
            if launch_id.is_none_or(|launch_id| !adopted.contains_key(&launch_id)) {
                // What cannot be removed now is tried again at the next start.
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

impl Launcher for LocalLauncher {
    type Spec = LocalSpec;
    type Running = RunningProcess;

    fn kind(&self) -> AgentKind {
        AgentKind::Local
    }

    async fn render(&self, order: &Order) -> Result<LocalSpec, LaunchError> {
        Ok(render(order, &self.flow_runs, &self.config, &self.surroundings)?)
    }

    async fn launch(&self, order: &Order, spec: &LocalSpec) -> Result<Launched<RunningProcess>, LaunchError> {
        let path = self.output_path(order.launch_id);
        let (output, file) = Output::create(path, self.config.show_flow_logs)
            .map_err(|error| LaunchError::NotLaunched(format!("its output cannot be kept: {error}")))?;
        let child = self.start(spec, file).map_err(|error| {
            output.remove();
            why_not_started(spec, &error)
        })?;
        // The process cannot be gone from `/proc` before it was waited for.
        let id = child.id().and_then(|pid| ProcessId::of(pid.try_into().ok()?));
        let id = id.ok_or_else(|| LaunchError::NotLaunched("its process is not in /proc".to_owned()))?;
        Ok(launched(RunningProcess { id, child: Some(child), output, credential: order.credential.clone() }))
    }

    async fn observe(&self, running: &mut RunningProcess) -> Observation {
        let cause = running.exited().await;
        self.sweep(running).await;
        Observation::Ended(running.end(cause))
    }

    async fn stop(&self, running: &mut RunningProcess) -> LaunchEnd {
        let cause = match running.has_exited() {
            Some(cause) => {
                self.sweep(running).await;
                cause
            }
            None => Cause::Stopped { signal: self.terminate(running).await.as_str().to_owned() },
        };
        running.end(cause)
    }

    /// By handle where it was written down, else by the credential in the process's environment: an agent may have died
    /// between starting a process and writing that down. A process that ended while no agent looked is adopted as well
    /// if it has left others running in its group, so that they are ended.
    async fn adopt(&self, known: &[KnownLaunch]) -> HashMap<Uuid, Launched<RunningProcess>> {
        let by_credential = process::launched();
        let find = |launch: &KnownLaunch| {
            let handle =
                launch.handle.clone().and_then(|handle| serde_json::from_value::<ProcessId>(handle).ok());
            let by_handle = handle.filter(|id| id.is_alive() || has_left_processes(*id, launch.launch_id));
            by_handle.or_else(|| by_credential.get(&launch.launch_id).copied())
        };
        let adopted = known
            .iter()
            .filter_map(|launch| Some((launch.launch_id, self.adopted(launch.launch_id, find(launch)?))))
            .collect();
        self.clear_outputs(&adopted);
        adopted
    }
}

impl RunningProcess {
    /// Waits until the leader has ended, and looks after the output meanwhile.
    async fn exited(&mut self) -> Cause {
        let tend = if self.output.is_shown() { LOOK } else { TEND };
        loop {
            let ended = match &mut self.child {
                Some(child) => timeout(tend, child.wait()).await.ok().map(|status| cause(&status)),
                None => {
                    sleep(LOOK).await;
                    self.has_exited()
                }
            };
            self.output.tend();
            if let Some(cause) = ended {
                return cause;
            }
        }
    }

    /// The leader's end, if it has ended.
    fn has_exited(&mut self) -> Option<Cause> {
        match &mut self.child {
            Some(child) => child.try_wait().transpose().map(|status| cause(&status)),
            None => (!self.id.is_alive()).then(|| Cause::Vanished {
                reason: "it ended after the agent that had started it, so its exit code is not known"
                    .to_owned(),
            }),
        }
    }

    /// Waits until nothing of the group runs, the leader included.
    async fn gone(&mut self) {
        if self.child.is_some() {
            self.exited().await;
        }
        while self.id.group_is_alive() {
            sleep(GONE).await;
        }
    }

    /// The end as it is reported, with the last lines unless all went well.
    fn end(&self, cause: Cause) -> LaunchEnd {
        let last_lines = match cause {
            Cause::Exited { code: 0 } => Vec::new(),
            _ => self.output.last_lines(self.credential.as_ref()),
        };
        self.output.remove();
        LaunchEnd { cause, last_lines }
    }
}

/// Whether the group of a process that is gone still holds processes of this launch.
fn has_left_processes(id: ProcessId, launch_id: Uuid) -> bool {
    let credential = process::credential_of_group(id.pid);
    credential.is_some_and(|credential| process::launch_id_of(&credential) == Some(launch_id))
}

fn launched(running: RunningProcess) -> Launched<RunningProcess> {
    let handle = json!({ "pid": running.id.pid, "start_time": running.id.start_time });
    Launched { handle, phase: LaunchPhase::Started, running }
}

fn cause(status: &io::Result<ExitStatus>) -> Cause {
    match status {
        Ok(status) => match (status.code(), status.signal()) {
            (Some(code), _) => Cause::Exited { code },
            (None, signal) => Cause::Signaled { signal: signal_name(signal) },
        },
        Err(error) => Cause::Vanished { reason: format!("it could not be waited for: {error}") },
    }
}

fn signal_name(signal: Option<i32>) -> String {
    let number = signal.unwrap_or_default();
    // Real-time signals have numbers only.
    Signal::try_from(number).map_or_else(|_| format!("signal {number}"), |signal| signal.as_str().to_owned())
}

/// What a failed start means. The operating system's answer does not say which file it was about; this looks.
fn why_not_started(spec: &LocalSpec, error: &io::Error) -> LaunchError {
    let program = spec.command.first().map(String::as_str).unwrap_or_default();
    let directory = spec.working_dir.as_deref().unwrap_or(".");
    // A bare name is looked for on PATH, a relative path from the working directory.
    let path = program.contains('/').then(|| Path::new(directory).join(program));
    let reason = match (error.raw_os_error().map(Errno::from_raw), path) {
        _ if !Path::new(directory).exists() => {
            format!(
                "its working_dir `{directory}` does not exist; create it on the agent's machine or change the run config"
            )
        }
        _ if !Path::new(directory).is_dir() => {
            format!("its working_dir `{directory}` is not a directory; change the run config")
        }
        (Some(Errno::ENOENT), None) => {
            format!("`{program}` is not on the agent's PATH; install it or give the agent its full path")
        }
        (Some(Errno::ENOENT), Some(path)) if !path.exists() => {
            format!(
                "`{program}` does not exist on the agent's machine; put it there or register the flow again"
            )
        }
        (Some(Errno::ENOENT), _) => {
            format!(
                "the interpreter that `{program}` names in its first line does not exist on the agent's machine"
            )
        }
        (Some(Errno::EACCES), Some(path)) if !is_executable(&path) => {
            format!("`{program}` is not executable; `chmod +x` makes it so")
        }
        (Some(Errno::EACCES), _) => {
            format!("the agent may not start `{program}` in `{directory}`: see the rights of both")
        }
        (Some(Errno::ENOEXEC), _) => {
            format!("`{program}` is no program for the agent's machine: was it built for another one?")
        }
        (Some(Errno::E2BIG), _) => {
            "its arguments and environment are too long for the agent's machine".to_owned()
        }
        _ => return LaunchError::NotLaunched(format!("`{program}` could not be started: {error}")),
    };
    LaunchError::Refused(reason)
}
