//! A flow whose run leaves a line in a file, so that tests see what was really executed. It is built beside the tests, as an
//! example of this package, because only those are programs that no user gets.
//!
//! The line goes to the file that the variable `WITNESS_FILE` of the run config names: flow run, launch, process, whether it
//! was `alone` or `beside` another execution of the same run, and the parameter `number`.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Duration;

use anyhow::Context as _;
use castra::Flow;

fn main() -> ExitCode {
    castra::main([flow()])
}

fn flow() -> Flow {
    // Its labels, and those of the agents, are the business of each test.
    let mut flow = Flow::new("witness").hostname_label(false);
    let number = flow.parameter("number").default(0_u32);
    let milliseconds = flow.parameter("milliseconds").default(0_u64);
    let gate = flow.parameter("gate").default("");
    let stubborn_child = flow.parameter("stubborn_child").default(false);
    flow.task("testify", testify).call((number, milliseconds, gate, stubborn_child));
    flow
}

/// Leaves the line, starts a child that does not heed SIGTERM if it is to, and stays until `milliseconds` are over and the
/// file `gate` exists, if one is named.
async fn testify(number: u32, milliseconds: u64, gate: String, stubborn_child: bool) -> anyhow::Result<()> {
    let file = std::env::var("WITNESS_FILE").context("WITNESS_FILE names the file")?;
    let run = castra::context().flow_run.id;
    // Held until this execution is over, however that comes about.
    let mark = File::create(format!("{file}.{run}"))?;
    let company = if mark.try_lock().is_ok() { "alone" } else { "beside" };
    let line = format!("{run} {} {} {company} {number}\n", launch()?, std::process::id());
    OpenOptions::new().append(true).create(true).open(&file)?.write_all(line.as_bytes())?;

    if stubborn_child {
        Command::new("/bin/sh").args(["-c", "trap '' TERM; sleep 600 & wait; wait"]).spawn()?;
    }
    tokio::time::sleep(Duration::from_millis(milliseconds)).await;
    while !gate.is_empty() && !Path::new(&gate).exists() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    drop(mark);
    Ok(())
}

/// The launch that this process belongs to: its credential is `castra_<launch id>_<secret>`.
fn launch() -> anyhow::Result<String> {
    let credential = std::env::var("CASTRA_API_KEY")?;
    let launch = credential.split('_').nth(1).context("a credential names its launch")?;
    Ok(launch.to_owned())
}
