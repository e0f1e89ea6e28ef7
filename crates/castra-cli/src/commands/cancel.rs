//! `castra cancel RUN`: asks the server; the agent that launched the run stops its process.

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};

use crate::commands::find;
use crate::output::{self, Format};
use crate::session::{Session, block_on};

#[derive(Args)]
pub(crate) struct Arguments {
    /// The runs: ids or names
    #[arg(required = true, value_name = "RUN")]
    runs: Vec<String>,
}

const CANCEL: &str = "mutation($input: cancel_flow_run_input!) { cancel_flow_run(input: $input) { state } }";

pub(crate) fn run(arguments: Arguments, session: Session) -> Result<ExitCode> {
    block_on(async {
        let client = session.client()?;
        let mut cancelled = Vec::new();
        for run in &arguments.runs {
            let id = find::flow_run(&client, run).await?;
            let answer: Value = client.call(CANCEL, json!({"input": {"flow_run_id": id}})).await?;
            let state = output::text(&answer, "/cancel_flow_run/state");
            if session.format() == Format::Table {
                println!("{run}: {state}");
            }
            cancelled.push(json!({"id": id, "state": state}));
        }
        if session.format() != Format::Table {
            output::print_data(session.format(), &Value::from(cancelled));
        }
        Ok(ExitCode::SUCCESS)
    })
}
