//! What the measures of containers share: the image, the address of this machine as containers see it, and the commands
//! `docker` and `kubectl`, which are what Castra is compared with.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, ensure};

/// Holds nothing but a shell and the C libraries; `tests/images/base.sh` builds it. This binary is mounted into it.
pub(crate) const IMAGE: &str = "castra-test/base:1";

/// Runs a command and gives what it printed.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("starting {command:?}"))?;
    ensure!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

/// The address of this machine as containers on Docker's default bridge see it: their way out.
pub(crate) fn host_address() -> Result<String> {
    let way_out = "ip route | awk '/^default/ { print $3 }'";
    output(Command::new("docker").args(["run", "--rm", IMAGE, "sh", "-c", way_out]))
}

/// Builds the image unless it is there.
pub(crate) fn prepare_image() -> Result<()> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/images/base.sh");
    output(&mut Command::new(script)).map(drop)
}

/// The folder of this binary, which containers mount at the same path.
pub(crate) fn binaries() -> Result<String> {
    let here = std::env::current_exe()?;
    Ok(here.parent().context("this binary is in no folder")?.to_string_lossy().into_owned())
}

/// Now, as the time since 1970: what a flow's process notes.
pub(crate) fn now() -> Result<Duration> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH)?)
}
