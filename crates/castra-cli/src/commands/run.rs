//! `castra run`: creates a run of a flow, and with `--watch` stays until it has ended; or runs the flow of a file here and now.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, anyhow};
use castra_client::NewFlowRun;
use castra_core::run_config::RunConfig;
use castra_core::state::StateKind;
use clap::{ArgGroup, Args};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::commands::{find, watch};
use crate::flow_file::FlowFile;
use crate::output::{self, Format};
use crate::session::{Session, block_on};

#[derive(Args)]
#[command(group = ArgGroup::new("flow").required(true).args(["name", "id", "path"]))]
pub(crate) struct Arguments {
    /// The flow's name; its newest version is run
    #[arg(long, short)]
    name: Option<String>,
    /// The flow's id
    #[arg(long)]
    id: Option<Uuid>,
    /// Run the flow in this Python file or flow binary here and now, without a server; only parameters can be given
    #[arg(
        long,
        short,
        value_name = "FILE",
        conflicts_with_all = ["project", "context", "labels", "no_labels", "run_config", "run_name", "at", "idempotency_key", "watch"]
    )]
    path: Option<PathBuf>,
    /// With a Python file: let `import prefect` mean Castra in it
    #[arg(long, requires = "path")]
    prefect: bool,
    /// The project, if several have a flow of that name
    #[arg(long, conflicts_with = "id")]
    project: Option<String>,
    /// A parameter; the value is JSON, or a plain string
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = assignment)]
    parameters: Vec<(String, Value)>,
    /// A value of the run's context
    #[arg(long, value_name = "NAME=VALUE", value_parser = assignment)]
    context: Vec<(String, Value)>,
    /// A label of this run, in place of those of the flow; may be repeated
    #[arg(long = "label", short, value_name = "LABEL")]
    labels: Vec<String>,
    /// No labels for this run: only an agent without labels takes it
    #[arg(long, conflicts_with = "labels")]
    no_labels: bool,
    /// The run config of this run, in place of the flow's: JSON, or @FILE
    #[arg(long, value_name = "JSON", value_parser = run_config)]
    run_config: Option<RunConfig>,
    /// The run's name; one is made up otherwise
    #[arg(long)]
    run_name: Option<String>,
    /// When to start, e.g. 2026-12-24T18:00:00+01:00; at once otherwise
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
    /// The same key with the same flow gives the same run
    #[arg(long, value_name = "KEY")]
    idempotency_key: Option<String>,
    /// Stay until the run has ended, showing its states and logs; exit code 0 only if it succeeded
    #[arg(long, short)]
    watch: bool,
}

const NAME: &str = "query($id: uuid!) { flow_run_by_pk(id: $id) { name labels } }";

pub(crate) fn run(arguments: Arguments, session: Session) -> Result<ExitCode> {
    if let Some(path) = &arguments.path {
        return run_here(path, &arguments);
    }
    block_on(async {
        let client = session.client()?;
        let flow = match (arguments.id, &arguments.name) {
            (Some(id), _) => id,
            (None, Some(name)) => find::flow(&client, name, arguments.project.as_deref()).await?,
            (None, None) => return Err(anyhow!("name a flow with --name or --id")),
        };
        let (watch, run) = (arguments.watch, client.create_flow_run(&arguments.into_flow_run(flow)).await?);
        if !watch {
            let named: Value = client.call(NAME, json!({"id": run})).await?;
            print_created(session.format(), run, &named["flow_run_by_pk"]);
            return Ok(ExitCode::SUCCESS);
        }
        let end = watch::until_ended(&client, run, session.format()).await?;
        Ok(if end == StateKind::Success { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    })
}

/// Lets the file run its flow itself.
fn run_here(path: &Path, arguments: &Arguments) -> Result<ExitCode> {
    let file = FlowFile::find(path)?;
    let mut command = file.command("run", arguments.prefect);
    for (name, value) in &arguments.parameters {
        command.arg("--param").arg(format!("{name}={value}"));
    }
    let status = file.carry_out(command)?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

impl Arguments {
    /// What is not said is left to the flow and its flow group.
    fn into_flow_run(self, flow: Uuid) -> NewFlowRun {
        NewFlowRun {
            flow_id: Some(flow),
            parameters: object(self.parameters),
            context: object(self.context),
            labels: (self.no_labels || !self.labels.is_empty()).then(|| self.labels.into_iter().collect()),
            run_config: self.run_config.map(|run_config| run_config.to_json()),
            flow_run_name: self.run_name,
            scheduled_start_time: self.at,
            idempotency_key: self.idempotency_key,
            ..NewFlowRun::default()
        }
    }
}

fn object(assignments: Vec<(String, Value)>) -> Option<Map<String, Value>> {
    (!assignments.is_empty()).then(|| assignments.into_iter().collect())
}

fn print_created(format: Format, id: Uuid, run: &Value) {
    match format {
        Format::Json | Format::Yaml => {
            output::print_data(format, &json!({"id": id, "name": run["name"], "labels": run["labels"]}))
        }
        Format::Table => {
            println!(
                "Flow run `{}` created: {id}\nNext: castra describe flow-run {id}",
                output::text(run, "/name")
            );
        }
    }
}

/// `NAME=VALUE`, the value JSON where it can be read as such.
fn assignment(word: &str) -> Result<(String, Value), String> {
    let (name, value) =
        word.split_once('=').ok_or_else(|| format!("`{word}` has no `=`: write NAME=VALUE"))?;
    let value = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()));
    Ok((name.to_owned(), value))
}

fn run_config(word: &str) -> Result<RunConfig> {
    let text = match word.strip_prefix('@') {
        Some(path) => std::fs::read_to_string(path).with_context(|| format!("reading {path}"))?,
        None => word.to_owned(),
    };
    let wire: Value =
        serde_json::from_str(&text).context("a run config is JSON, e.g. {\"type\": \"LocalRun\"}")?;
    Ok(RunConfig::from_json(&wire)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use castra_core::label::LabelSet;
    use clap::{Command, FromArgMatches as _};

    fn parse(words: &[&str]) -> Arguments {
        let matches =
            Arguments::augment_args(Command::new("run")).try_get_matches_from([&["run"], words].concat());
        Arguments::from_arg_matches(&matches.unwrap()).unwrap()
    }

    fn created(words: &[&str]) -> NewFlowRun {
        parse(words).into_flow_run(Uuid::nil())
    }

    #[test]
    fn what_is_not_said_is_left_to_the_flow() {
        assert_eq!(
            created(&["--name", "etl"]),
            NewFlowRun { flow_id: Some(Uuid::nil()), ..NewFlowRun::default() }
        );
    }

    #[test]
    fn labels_have_three_states() {
        assert_eq!(created(&["-n", "etl"]).labels, None);
        assert_eq!(created(&["-n", "etl", "--no-labels"]).labels, Some(LabelSet::empty()));
        assert_eq!(created(&["-n", "etl", "-l", "dev"]).labels, Some(["dev"].into_iter().collect()));
    }

    #[test]
    fn a_parameter_is_json_or_a_plain_string() {
        let parameters =
            created(&["-n", "etl", "--param", "rows=3", "--param", "country=DE", "--param", "names=[\"a\"]"])
                .parameters;
        insta::assert_snapshot!(json!(parameters), @r#"{"rows":3,"country":"DE","names":["a"]}"#);
    }
}
