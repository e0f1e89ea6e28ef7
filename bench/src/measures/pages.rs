//! Pages of the web UI with 100,000 runs and 5,000,000 log lines: how long each takes, how much it weighs, how soon an open
//! page hears of a change and shows it, and what 200 open pages cost.

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
        ("run with 1,000,000 lines, the text of one", format!("/runs/{longest}?text=row+731234+of")),
        ("run with 1,000,000 lines, a text of none", format!("/runs/{longest}?text=nothing-like-this")),
        ("flows", "/flows".to_owned()),
        ("flow", format!("/flows/{flow}")),
        ("run dialog", format!("/flows/{flow}/run")),
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
    let (mut first, mut whole, mut weight) = (Samples::default(), Samples::default(), 0);
    for _ in 0..REQUESTS {
        let begin = Instant::now();
        let mut answer = get(address, path)?;
        let mut page = vec![0];
        answer.read_exact(&mut page)?;
        first.extend([begin.elapsed()]);
        answer.read_to_end(&mut page)?;
        whole.extend([begin.elapsed()]);
        weight = weigh(address, &String::from_utf8(page)?).with_context(|| path.to_owned())?;
    }
    let [p50, p95, all] =
        [first.percentile(0.5), first.percentile(0.95), whole.percentile(0.95)].map(milliseconds);
    let kilobytes = weight / 1_000;
    let value = format!("first byte p50 {p50} ms, p95 {p95} ms; whole p95 {all} ms; {kilobytes} kB in all");
    row(&format!("page: {name}"), &value);
    Ok(())
}

/// The bytes of a page and of the scripts, styles and icon that a browser loads with it for the first time.
fn weigh(address: &str, page: &str) -> Result<usize> {
    anyhow::ensure!(page.starts_with("HTTP/1.1 200"), "{page}");
    let mut weight = page.len();
    for rest in page.split("\"/assets/").skip(1) {
        let path = rest.split('"').next().unwrap_or_default();
        let mut asset = Vec::new();
        get(address, &format!("/assets/{path}"))?.read_to_end(&mut asset)?;
        weight += asset.len();
    }
    Ok(weight)
}

/// Asks for a page over a connection of its own, as a browser does.
fn get(address: &str, path: &str) -> Result<TcpStream> {
    let mut connection = TcpStream::connect(address).with_context(|| format!("connecting to {address}"))?;
    let headers = "Accept: text/html\r\nAccept-Encoding: gzip\r\nConnection: close";
    write!(connection, "GET {path} HTTP/1.1\r\nHost: {address}\r\n{headers}\r\n\r\n")?;
    Ok(connection)
}

/// The events of an open page.
struct Events(BufReader<TcpStream>);

impl Events {
    /// Opens the page of a run: loads it, and hears that it is up to date.
    fn of(address: &str, run: Uuid) -> Result<Self> {
        let path = format!("/runs/{run}");
        get(address, &path)?.read_to_end(&mut Vec::new())?;
        let mut events = Self(BufReader::new(get(address, &format!("{path}/events"))?));
        events.changed()?;
        Ok(events)
    }

    /// Waits until the page is told that something has changed.
    fn changed(&mut self) -> Result<()> {
        let mut line = String::new();
        while !line.starts_with("event: changed") {
            line.clear();
            anyhow::ensure!(self.0.read_line(&mut line)? > 0, "the server closed the events");
        }
        Ok(())
    }
}

/// How soon an open page hears of a new state, and how soon it has loaded itself again, from when the state is sent on.
fn live(client: &Client, address: &str, run: Uuid) -> Result<()> {
    let (mut heard, mut shown) = (Samples::default(), Samples::default());
    let mut events = Events::of(address, run)?;
    for kind in ["Scheduled", "Failed"].into_iter().cycle().take(CHANGES) {
        // As changes are that do not come in a row: the page is left alone for a moment after each.
        std::thread::sleep(Duration::from_millis(300));
        let begin = Instant::now();
        block_on(set_states(client, &[(run, kind)]))?;
        events.changed()?;
        heard.extend([begin.elapsed()]);
        let mut page = String::new();
        get(address, &format!("/runs/{run}"))?.read_to_string(&mut page)?;
        shown.extend([begin.elapsed()]);
        anyhow::ensure!(page.contains(&format!(">{kind}</span>")), "the page does not show {kind}");
    }
    row("from sending a new state until an open page hears of it", &heard.summary());
    row("from sending a new state until the page is loaded again", &shown.summary());
    Ok(())
}

/// What open pages cost in memory.
fn memory(installation: &Installation, address: &str, runs: &[Uuid]) -> Result<()> {
    let before = installation.server.resident_mebibytes()?;
    let open: Result<Vec<_>> = runs.iter().take(OPEN_PAGES).map(|run| Events::of(address, *run)).collect();
    let after = installation.server.resident_mebibytes()?;
    drop(open?);
    row(
        &format!("resident memory of the server: before, with {OPEN_PAGES} open pages"),
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
    let ended: Vec<_> = runs.iter().enumerate().map(|(n, run)| (*run, end(n))).collect();
    for batch in ended.chunks(BATCH) {
        set_states(client, batch).await?;
    }
    log(client, runs[0], LINES_OF_ONE).await?;
    for run in &runs[1..LOGGED] {
        log(client, *run, LINES).await?;
    }
    Ok(runs)
}

/// How the nth run ended.
fn end(n: usize) -> &'static str {
    match n % 100 {
        0..95 => "Success",
        95..98 => "Failed",
        _ => "Cancelled",
    }
}

/// Sets the states of runs.
async fn set_states(client: &Client, states: &[(Uuid, &str)]) -> Result<()> {
    let state = |(run, kind): &(Uuid, &str)| json!({"flow_run_id": run, "state": {"type": kind, "message": "as wanted"}, "version": null});
    let states: Vec<_> = states.iter().map(state).collect();
    mutate(client, "set_flow_run_states", "states { id }", json!({"states": states})).await
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
        mutate(client, "write_run_logs", "success", json!({"logs": lines?})).await?;
    }
    Ok(())
}

async fn mutate(client: &Client, name: &str, answer: &str, input: Value) -> Result<()> {
    let document = format!("mutation($input: {name}_input!) {{ {name}(input: $input) {{ {answer} }} }}");
    let _: Value = client.call(&document, json!({"input": input})).await?;
    Ok(())
}

async fn flow_group(client: &Client) -> Result<String> {
    let answer: Value = client.call("{ flow_group(limit: 1) { id } }", json!({})).await?;
    Ok(answer["flow_group"][0]["id"].as_str().context("no flow group")?.to_owned())
}
