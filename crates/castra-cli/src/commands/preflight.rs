//! `castra preflight`: what is wrong with a run config, before anything is launched from it. The server looks, as it knows
//! the agents.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, ensure};
use castra_core::preflight::Severity;
use clap::Args;
use serde_json::{Value, json};

use crate::commands::find;
use crate::output::{self, Column, text};
use crate::session::{Session, block_on};

#[derive(Args)]
pub(crate) struct Arguments {
    /// The flow whose run config is checked: its name or id
    #[arg(required_unless_present = "run_config", conflicts_with = "run_config")]
    flow: Option<String>,
    /// The project, if several have a flow of that name
    #[arg(long, short, requires = "flow")]
    project: Option<String>,
    /// A file with the run config to check, in JSON
    #[arg(long, value_name = "FILE")]
    run_config: Option<PathBuf>,
    /// A label of the runs, in place of those of the flow or run config; may be repeated
    #[arg(long = "label", short, value_name = "LABEL")]
    labels: Vec<String>,
}

const FLOW: &str =
    "query($id: uuid!) { flow_by_pk(id: $id) { run_config flow_group { run_config labels } } }";
const COLUMNS: &[Column] = &[
    Column { title: "SEVERITY", cell: |row| text(row, "/severity") },
    Column { title: "FIELD", cell: |row| text(row, "/field") },
    Column { title: "MESSAGE", cell: |row| text(row, "/message") },
];

/// What runs are to be checked.
struct Subject {
    run_config: Value,
    /// Their labels; null for those of the run config.
    labels: Value,
}

/// Exits with 1 if runs cannot be launched.
pub(crate) fn run(arguments: Arguments, session: Session) -> Result<ExitCode> {
    block_on(async {
        let mut subject = match (&arguments.run_config, &arguments.flow) {
            (Some(path), _) => Subject { run_config: read(path)?, labels: Value::Null },
            (None, flow) => {
                of_flow(flow.as_deref().unwrap_or_default(), arguments.project.as_deref(), &session).await?
            }
        };
        if !arguments.labels.is_empty() {
            subject.labels = json!(arguments.labels);
        }
        let findings = session.client()?.preflight(&subject.run_config, &subject.labels).await?;
        let rows = findings.iter().map(serde_json::to_value).collect::<Result<Vec<_>, _>>()?;
        output::print_rows(session.format(), &rows, COLUMNS, "Nothing is wrong.");
        let any_error = findings.iter().any(|finding| finding.severity == Severity::Error);
        Ok(if any_error { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    })
}

fn read(path: &Path) -> Result<Value> {
    let text = std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    serde_json::from_str(&text)
        .with_context(|| format!("{}: a run config is JSON, e.g. {{\"type\": \"LocalRun\"}}", path.display()))
}

/// What the flow's runs have unless they are given others: its flow group's run config and labels, else its own.
async fn of_flow(flow: &str, project: Option<&str>, session: &Session) -> Result<Subject> {
    let client = session.client()?;
    let id = find::flow(&client, flow, project).await?;
    let mut data: Value = client.call(FLOW, json!({"id": id})).await?;
    let mut found = data["flow_by_pk"].take();
    let mut group = found["flow_group"].take();
    let run_config = match group["run_config"].take() {
        Value::Null => found["run_config"].take(),
        run_config => run_config,
    };
    ensure!(
        !run_config.is_null(),
        "the flow `{flow}` has no run config: every agent takes its runs as they are"
    );
    Ok(Subject { run_config, labels: group["labels"].take() })
}
