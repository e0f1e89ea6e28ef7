//! Pages of the web UI with 100,000 runs and 5,000,000 log lines: how long each takes, how much it weighs, how soon an open
//! page hears of a change, and what 200 open pages cost.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use castra_client::Client;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{create_project, create_runs};
use crate::flows;
use crate::installation::{Installation, block_on};
use crate::statistics::{Samples, milliseconds, row};

const RUNS: usize = 100_000;
const LABEL_SETS: usize = 200;
/// Runs that logged, and how many lines each; one of them logged as much as a thousand of the others.
const LOGGED: usize = 4_000;
const LINES: usize = 1_000;
const LINES_OF_ONE: usize = 1_000_000;
/// Lines and states that are sent at a time.
const BATCH: usize = 1_000;
const REQUESTS: usize = 100;
const CHANGES: usize = 50;
const OPEN_PAGES: usize = 200;

pub(crate) fn print() -> Result<()> {
    let installation = Installation::start()?;
    let address = installation.url.trim_start_matches("http://").to_owned();
    let client = installation.client()?;
    let runs = block_on(fill(&client))?;
    let (flow, longest) = (block_on(flow_group(&client))?, runs[0]);
    for (name, path) in [
        ("overview", "/".to_owned()),
        ("runs", "/runs".to_owned()),
        ("runs, failed of a label and a flow", format!("/runs?state=failed&label=team-7&flow={flow}")),
        ("runs, a name that no run has", "/runs?name=nothing-like-this".to_owned()),
        ("runs, upcoming", "/runs?when=upcoming".to_owned()),
        ("run with 1,000 lines", format!("/runs/{}", runs[1])),
        ("run with 1,000,000 lines", format!("/runs/{longest}")),
        ("run with 1,000,000 lines, errors only", format!("/runs/{longest}?level=ERROR")),
        ("flows", "/flows".to_owned()),
        ("flow", format!("/flows/{flow}")),
        ("agents", "/agents".to_owned()),
        ("late runs", "/late".to_owned()),
    ] {
        page(&address, name, &path)?;
    }
    live(&client, &address, runs[2])?;
    memory(&installation, &address, &runs)
}

/// Measures one page.
fn page(address: &str, name: &str, path: &str) -> Result<()> {
    let (mut first, mut whole, mut bytes) = (Samples::default(), Samples::default(), 0);
    for _ in 0..REQUESTS {
        let begin = Instant::now();
        let mut answer = get(address, path)?;
        let mut body = vec![0];
        answer.read_exact(&mut body)?;
        first.extend([begin.elapsed()]);
        answer.read_to_end(&mut body)?;
        whole.extend([begin.elapsed()]);
        anyhow::ensure!(body.starts_with(b"HTTP/1.1 200"), "{path}: {}", String::from_utf8_lossy(&body));
        bytes = body.len();
    }
    let [p50, p95, all] =
        [first.percentile(0.5), first.percentile(0.95), whole.percentile(0.95)].map(milliseconds);
    let value = format!("first byte p50 {p50} ms, p95 {p95} ms; whole p95 {all} ms; {bytes} bytes");
    row(&format!("page: {name}"), &value);
    Ok(())
}

/// Asks for a page over a connection of its own.
fn get(address: &str, path: &str) -> Result<TcpStream> {
    let mut connection = TcpStream::connect(address).with_context(|| format!("connecting to {address}"))?;
    write!(connection, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    Ok(connection)
}

/// How soon an open page hears of a new state, from the answer of the mutation on.
fn live(client: &Client, address: &str, run: Uuid) -> Result<()> {
    let mut delays = Samples::default();
    let mut events = BufReader::new(get(address, &format!("/runs/{run}/events"))?);
    for index in 0..CHANGES {
        let input = json!({"flow_run_id": run, "name": format!("name-{index}")});
        block_on(mutate(client, "set_flow_run_name", json!({"input": input})))?;
        let begin = Instant::now();
        let mut line = String::new();
        while !line.starts_with("event: changed") {
            line.clear();
            anyhow::ensure!(events.read_line(&mut line)? > 0, "the server closed the events");
        }
        delays.extend([begin.elapsed()]);
        std::thread::sleep(Duration::from_millis(300));
    }
    row("an open page hears of a change, after the change was acknowledged", &delays.summary());
    Ok(())
}

/// What open pages cost in memory.
fn memory(installation: &Installation, address: &str, runs: &[Uuid]) -> Result<()> {
    let before = installation.server.resident_mebibytes()?;
    let open: Result<Vec<_>> =
        runs.iter().take(OPEN_PAGES).map(|run| get(address, &format!("/runs/{run}/events"))).collect();
    std::thread::sleep(Duration::from_secs(2));
    let after = installation.server.resident_mebibytes()?;
    drop(open?);
    row(
        &format!("resident memory: before, with {OPEN_PAGES} open pages"),
        &format!("{before:.1}, {after:.1} MiB"),
    );
    Ok(())
}

/// Fills the server, and answers with its runs; the first logged most.
async fn fill(client: &Client) -> Result<Vec<Uuid>> {
    create_project(client).await?;
    let flow = flows::register(client, flows::no_op()).await?;
    let labels = |n: usize| json!({"labels": [format!("team-{}", n % LABEL_SETS)]});
    let runs = create_runs(client, flow, RUNS, labels).await?;
    for batch in runs.chunks(BATCH) {
        let state = |(n, id): (usize, &Uuid)| {
            let kind = match n % 100 {
                0..95 => "Success",
                95..98 => "Failed",
                _ => "Cancelled",
            };
            json!({"flow_run_id": id, "state": {"type": kind, "message": "as wanted"}, "version": null})
        };
        let states: Vec<_> = batch.iter().enumerate().map(state).collect();
        mutate(client, "set_flow_run_states", json!({"input": {"states": states}})).await?;
    }
    log(client, runs[0], LINES_OF_ONE).await?;
    for run in &runs[1..LOGGED] {
        log(client, *run, LINES).await?;
    }
    Ok(runs)
}

/// Logs so many lines.
async fn log(client: &Client, run: Uuid, lines: usize) -> Result<()> {
    for first in (0..lines).step_by(BATCH) {
        let line = |n: usize| {
            let level = if n.is_multiple_of(500) { "ERROR" } else { "INFO" };
            let timestamp = jiff::Timestamp::from_microsecond(1_764_000_000_000_000 + n as i64)?;
            let message = format!("row {n} of the table was read and written");
            Ok(
                json!({"flow_run_id": run, "level": level, "name": "bench", "timestamp": timestamp, "message": message}),
            )
        };
        let lines: Result<Vec<Value>> = (first..lines.min(first + BATCH)).map(line).collect();
        mutate(client, "write_run_logs", json!({"input": {"logs": lines?}})).await?;
    }
    Ok(())
}

async fn mutate(client: &Client, name: &str, variables: Value) -> Result<()> {
    let answer = if name == "set_flow_run_states" { "states { id }" } else { "success" };
    let document = format!("mutation($input: {name}_input!) {{ {name}(input: $input) {{ {answer} }} }}");
    let _: Value = client.call(&document, variables).await?;
    Ok(())
}

async fn flow_group(client: &Client) -> Result<String> {
    let answer: Value = client.call("{ flow_group(limit: 1) { id } }", json!({})).await?;
    Ok(answer["flow_group"][0]["id"].as_str().context("no flow group")?.to_owned())
}
