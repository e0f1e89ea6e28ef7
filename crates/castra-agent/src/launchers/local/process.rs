//! What `/proc` tells about processes: who one is, whether it lives, which belong to a group, which carry a launch's
//! credential. A pid alone names nobody, because it is used again; a pid and a start time do.

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use castra_core::credential::Credential;
use castra_core::runtime::Runtime;
use nix::errno::Errno;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A process, and no other that may once have its pid. This is the handle of a local launch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ProcessId {
    /// Its pid; also the id of its group, which it leads.
    pub(crate) pid: i32,
    /// When it started, in clock ticks since the machine did (field 22 of `/proc/PID/stat`).
    pub(crate) start_time: u64,
}

impl ProcessId {
    /// The process that has this pid now, a zombie too.
    pub(crate) fn of(pid: i32) -> Option<Self> {
        Some(Self { pid, start_time: Stat::of(pid)?.start_time })
    }

    /// True while the very process runs. A zombie does not.
    pub(crate) fn is_alive(self) -> bool {
        Stat::of(self.pid).is_some_and(|stat| stat.start_time == self.start_time && stat.runs())
    }

    /// Sends a signal to every process of the group. One that is gone needs none.
    pub(crate) fn signal_group(self, signal: Signal) {
        if self.group_is_alive() {
            // The only error left is a process that has just ended, or one that took other rights: `group_is_alive`
            // tells afterwards.
            let _ = killpg(Pid::from_raw(self.pid), signal);
        }
    }

    /// True while any process of the group runs. While one does, the kernel gives its pid to nobody else; so if another
    /// process has it, the group is gone.
    pub(crate) fn group_is_alive(self) -> bool {
        if killpg(Pid::from_raw(self.pid), None) == Err(Errno::ESRCH) {
            return false;
        }
        // Zombies can be signalled too, and where nobody reaps orphans they stay: look at each process.
        let reused = Stat::of(self.pid).is_some_and(|stat| stat.start_time != self.start_time);
        !reused && all().any(|pid| Stat::of(pid).is_some_and(|stat| stat.group == self.pid && stat.runs()))
    }
}

/// What is needed of `/proc/PID/stat`.
struct Stat {
    state: char,
    group: i32,
    start_time: u64,
}

impl Stat {
    fn of(pid: i32) -> Option<Self> {
        Self::parse(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
    }

    /// The fields after the command's name, which stands in brackets and may hold anything, brackets too.
    fn parse(stat: &str) -> Option<Self> {
        let (_, fields) = stat.rsplit_once(") ")?;
        let fields: Vec<&str> = fields.split_ascii_whitespace().collect();
        Some(Self {
            state: fields.first()?.chars().next()?,
            group: fields.get(2)?.parse().ok()?,
            start_time: fields.get(19)?.parse().ok()?,
        })
    }

    fn runs(&self) -> bool {
        !matches!(self.state, 'Z' | 'X')
    }
}

/// The leaders of groups that carry the credential of a launch in their environment.
pub(crate) fn launched() -> HashMap<Uuid, ProcessId> {
    let leaders = all().filter(|&pid| Stat::of(pid).is_some_and(|stat| stat.group == pid && stat.runs()));
    leaders.filter_map(|pid| Some((launch_id_of(&credential_of(pid)?)?, ProcessId::of(pid)?))).collect()
}

/// The credential that the processes of a group carry, as long as one of them runs: what a process starts inherits it.
pub(crate) fn credential_of_group(group: i32) -> Option<Credential> {
    let runs_in_group = |stat: &Stat| stat.group == group && stat.runs();
    all().filter(|&pid| Stat::of(pid).as_ref().is_some_and(runs_in_group)).find_map(credential_of)
}

/// The credential in a process's environment.
fn credential_of(pid: i32) -> Option<Credential> {
    let environ = fs::read(format!("/proc/{pid}/environ")).ok()?;
    let names = [Runtime::Castra, Runtime::Prefect1].map(|runtime| runtime.env_names().api_key.as_bytes());
    environ.split(|&byte| byte == 0).find_map(|variable| {
        let equals = variable.iter().position(|&byte| byte == b'=')?;
        let (name, value) = (&variable[..equals], &variable[equals + 1..]);
        let credential = Credential::new(std::str::from_utf8(value).ok()?);
        (names.contains(&name) && launch_id_of(&credential).is_some()).then_some(credential)
    })
}

/// The launch that a flow run's credential belongs to: `castra_<launch id>_<secret>`.
pub(crate) fn launch_id_of(credential: &Credential) -> Option<Uuid> {
    let (launch_id, _) = credential.expose().strip_prefix("castra_")?.split_once('_')?;
    launch_id.parse().ok()
}

/// The pids of all processes.
fn all() -> impl Iterator<Item = i32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

/// Whether a file is there that somebody may execute.
pub(crate) fn is_executable(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_does_not_confuse() {
        let fields = "S 7 42 42 0 -1 4194304 118 0 0 0 0 0 0 0 20 0 1 0 230492 3133440 388";
        let stat = Stat::parse(&format!("42 (a) b) {fields}")).unwrap();
        assert_eq!((stat.state, stat.group, stat.start_time), ('S', 42, 230_492));
    }

    #[test]
    fn another_process_with_the_pid_is_another() {
        let own = ProcessId::of(std::process::id().try_into().unwrap()).unwrap();
        assert!(own.is_alive());
        assert!(!ProcessId { start_time: own.start_time + 1, ..own }.is_alive());
        assert!(!ProcessId { start_time: own.start_time + 1, ..own }.group_is_alive());
    }

    #[test]
    fn only_a_flow_runs_credential_names_a_launch() {
        let id = "7b31db82-f5d0-4302-8f86-85dcaf6706fc";
        let launch_id = |secret: &str| launch_id_of(&Credential::new(secret));
        assert_eq!(launch_id(&format!("castra_{id}_s3cr_t")), id.parse().ok());
        assert_eq!(launch_id("castra_key"), None);
        assert_eq!(launch_id("another"), None);
    }
}
