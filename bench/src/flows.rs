//! The flows that are measured. This binary holds them, so the agent launches it: its first act is to note when it began.

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result};
use castra::{Executable, Flow, LocalRun};
use castra_client::Client;
use castra_core::state::StateKind;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::measures::PROJECT;

/// The argument that makes this binary a flow binary.
pub(crate) const SUBCOMMAND: &str = "flow";
/// Names the file in which a flow's process notes its start, in nanoseconds since 1970.
pub(crate) const NOTE_START: &str = "CASTRA_BENCH_NOTE_START";
/// How many tasks the mapped flow has.
pub(crate) const MAPPED_TASKS: usize = 10_000;
/// The label of the agent and of the runs that it is to take.
pub(crate) const LABEL: &str = "bench";

/// Between two looks at runs that are waited for.
const PERIOD: Duration = Duration::from_millis(5);
const UNFINISHED: &str = "query($runs: [uuid!]!, $finished: [String!]!) {
    flow_run_aggregate(where: {id: {_in: $runs}, state: {_nin: $finished}}) { aggregate { count } }
    failed: flow_run(where: {id: {_in: $runs}, state: {_eq: \"Failed\"}}, limit: 1) { state_message }
}";

/// As a flow binary: notes the start if asked to, then does what it is told.
pub(crate) fn main(arguments: &[String]) -> ExitCode {
    if let (Some(file), Ok(now)) =
        (std::env::var_os(NOTE_START), SystemTime::now().duration_since(UNIX_EPOCH))
    {
        // A start that is not noted fails the measure.
        let _ = std::fs::write(file, now.as_nanos().to_string());
    }
    let arguments =
        std::iter::once(OsString::from("castra-bench flow")).chain(arguments.iter().map(OsString::from));
    castra::main_from([no_op(), mapped()], arguments)
}

/// The instant that a flow's process noted, as the time since 1970.
pub(crate) fn noted_start(note: &Path) -> Result<Duration> {
    let noted = std::fs::read_to_string(note).context("the flow's process did not note its start")?;
    Ok(Duration::from_nanos(noted.parse()?))
}

/// One task that does nothing.
pub(crate) fn no_op() -> Flow {
    let mut flow = Flow::new("no-op").run_config(LocalRun::new().label(LABEL));
    flow.task("nothing", nothing).call(());
    flow
}

/// Many mapped tasks that do nothing.
pub(crate) fn mapped() -> Flow {
    let mut flow = Flow::new("mapped").run_config(LocalRun::new().label(LABEL));
    let numbers = flow.task("numbers", numbers).call(());
    flow.task("echo", echo).map(numbers);
    flow
}

async fn nothing() -> anyhow::Result<()> {
    Ok(())
}

async fn numbers() -> anyhow::Result<Vec<usize>> {
    Ok((0..MAPPED_TASKS).collect())
}

async fn echo(number: usize) -> anyhow::Result<usize> {
    Ok(number)
}

/// Registers a flow, stored in this binary.
pub(crate) async fn register(client: &Client, flow: Flow) -> Result<Uuid> {
    let path = std::env::current_exe()?.to_string_lossy().into_owned();
    let storage = Executable { path, arguments: vec![SUBCOMMAND.to_owned()], flow: flow.name().to_owned() };
    Ok(flow.storage(storage).register(client, Some(PROJECT)).await?)
}

/// The input of a run that the agent takes.
pub(crate) fn labelled(_: usize) -> Value {
    json!({"labels": [LABEL]})
}

/// Waits until all runs have ended.
///
/// # Errors
/// If one of them failed, in its words.
pub(crate) async fn wait_until_ended(client: &Client, runs: &[Uuid]) -> Result<()> {
    let finished: Vec<_> = StateKind::ALL.into_iter().filter(|kind| kind.is_finished()).collect();
    loop {
        let data: Value = client.call(UNFINISHED, json!({"runs": runs, "finished": finished})).await?;
        if let Some(message) = data.pointer("/failed/0/state_message") {
            anyhow::bail!("a run failed: {message}");
        }
        let unfinished = data.pointer("/flow_run_aggregate/aggregate/count").and_then(Value::as_u64);
        if unfinished.context("no count")? == 0 {
            return Ok(());
        }
        tokio::time::sleep(PERIOD * (1 + runs.len() as u32 / 100)).await;
    }
}
