//! Live progress of the quickstart's runs: a bar per run on a terminal, a line per change elsewhere, logs between them.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Result;
use castra_client::Client;
use castra_core::state::StateKind;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::output::text;

/// Between two looks.
const PERIOD: Duration = Duration::from_millis(100);

const LOOK: &str = "query($runs: [uuid!]!, $after: timestamptz!, $finished: [String!]!) {
    flow_run(where: {id: {_in: $runs}}, order_by: {created: asc}) {
        id name state state_message labels run_config start_time end_time flow { name }
        task_runs_aggregate { aggregate { count } }
        ended: task_runs_aggregate(where: {state: {_in: $finished}}) {
            aggregate { count }
        }
        launches(order_by: {claimed_at: desc}, limit: 1) { handle agent { name } }
    }
    log(where: {flow_run_id: {_in: $runs}, timestamp: {_gt: $after}}, order_by: {timestamp: asc}, limit: 1000) {
        timestamp level message flow_run { flow { name } }
    }
}";

/// Follows the runs until all have ended, and returns them as they were seen last.
pub(super) async fn follow(client: &Client, runs: &[Uuid]) -> Result<Vec<Value>> {
    let finished: Vec<_> = StateKind::ALL.into_iter().filter(|kind| kind.is_finished()).collect();
    let mut display = Display::default();
    loop {
        let seen: Value =
            client.call(LOOK, json!({"runs": runs, "after": display.last_log, "finished": finished})).await?;
        let runs = seen["flow_run"].as_array().cloned().unwrap_or_default();
        display.show_logs(&seen["log"]);
        runs.iter().for_each(|run| display.show_run(run));
        if runs.iter().all(has_ended) {
            display.bars.clear()?;
            return Ok(runs);
        }
        tokio::time::sleep(PERIOD).await;
    }
}

/// Whether a run has ended, as the API tells it.
pub(super) fn has_ended(run: &Value) -> bool {
    text(run, "/state").parse().is_ok_and(StateKind::is_finished)
}

/// How many of a run's task runs have ended, and how many there are.
pub(super) fn task_counts(run: &Value) -> (u64, u64) {
    let count = |pointer| run.pointer(pointer).and_then(Value::as_u64).unwrap_or_default();
    (count("/ended/aggregate/count"), count("/task_runs_aggregate/aggregate/count"))
}

/// Where a run was launched, in the words of its handle.
pub(super) fn place(run: &Value) -> String {
    match run.pointer("/launches/0/handle/pid") {
        Some(pid) => format!("pid {pid}, by {}", text(run, "/launches/0/agent/name")),
        None => "-".to_owned(),
    }
}

struct Display {
    bars: MultiProgress,
    bar_of: BTreeMap<String, ProgressBar>,
    said: BTreeMap<String, String>,
    last_log: String,
}

impl Default for Display {
    fn default() -> Self {
        Self {
            bars: MultiProgress::new(),
            bar_of: BTreeMap::new(),
            said: BTreeMap::new(),
            last_log: "1970-01-01T00:00:00Z".to_owned(),
        }
    }
}

impl Display {
    fn show_logs(&mut self, logs: &Value) {
        for line in logs.as_array().into_iter().flatten() {
            self.last_log = text(line, "/timestamp");
            if text(line, "/level") != "DEBUG" {
                self.say(&format!(
                    "  {:<16} | {}",
                    text(line, "/flow_run/flow/name"),
                    text(line, "/message")
                ));
            }
        }
    }

    fn show_run(&mut self, run: &Value) {
        let id = text(run, "/id");
        let state = text(run, "/state");
        let (ended, all) = task_counts(run);
        let bar =
            self.bar_of.entry(id.clone()).or_insert_with(|| self.bars.add(bar(&text(run, "/flow/name"))));
        bar.set_length(all);
        bar.set_position(ended);
        bar.set_message(format!("{state:<10} {}", place(run)));
        let message = text(run, "/state_message");
        let line = format!(
            "  {:<16} {state}: {message} ({}, {ended} of {all} tasks)",
            text(run, "/flow/name"),
            place(run)
        );
        if self.said.get(&id) != Some(&line) {
            self.say(&line);
            self.said.insert(id, line);
        }
    }

    /// A line above the bars, or just a line where there is no terminal.
    fn say(&self, line: &str) {
        match self.bars.is_hidden() {
            true => println!("{line}"),
            false => self.bars.println(line).unwrap_or_default(),
        }
    }
}

fn bar(flow: &str) -> ProgressBar {
    let style = ProgressStyle::with_template("{prefix:18} {bar:30} {pos:>5}/{len:<5} tasks  {msg}");
    ProgressBar::new(0)
        .with_prefix(flow.to_owned())
        .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
