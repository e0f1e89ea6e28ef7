//! Which processes of this machine are alive.

use std::fs;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// True while a process runs; a zombie does not.
pub(crate) fn is_alive(pid: i32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, fields)| !fields.starts_with(['Z', 'X']))
}

/// Every process that an agent of the server at `url` has launched, or that such a process has started: they inherit the
/// server's address.
pub(crate) fn launched_for(url: &str) -> Vec<i32> {
    let variable = format!("CASTRA_API={url}");
    let entries = fs::read_dir("/proc").unwrap().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    pids.filter(|&pid| {
        let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        environment.split(|&byte| byte == 0).any(|entry| entry == variable.as_bytes()) && is_alive(pid)
    })
    .collect()
}

/// Ends what is left of flow runs.
pub(crate) fn kill_launched_for(url: &str) {
    for pid in launched_for(url) {
        // It may have ended by itself meanwhile.
        let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
    }
}
