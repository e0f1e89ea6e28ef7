//! `castra create project NAME`.

use std::process::ExitCode;

use anyhow::Result;
use castra_client::ClientError;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::output::{self, Format};
use crate::session::{Session, block_on};

#[derive(Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Create a project, the folder that flows are registered in
    Project {
        /// Its name
        name: String,
        /// What it is for
        #[arg(long, short)]
        description: Option<String>,
        /// Succeed if the project is there already
        #[arg(long)]
        skip_if_exists: bool,
    },
}

/// Creates a project.
pub(super) const PROJECT: &str =
    "mutation($input: create_project_input!) { create_project(input: $input) { id } }";
const FIND_PROJECT: &str = "query($name: String!) { project(where: {name: {_eq: $name}}) { id } }";

pub(crate) fn run(arguments: Arguments, session: Session) -> Result<ExitCode> {
    let What::Project { name, description, skip_if_exists } = arguments.what;
    block_on(async {
        let client = session.client()?;
        if skip_if_exists {
            let found: Value = client.call(FIND_PROJECT, json!({"name": name})).await?;
            if let Some(id) = found.pointer("/project/0/id") {
                print_project(session.format(), &name, id, "is there already");
                return Ok(ExitCode::SUCCESS);
            }
        }
        let input = json!({"input": {"name": name, "description": description}});
        let created: Value = client.call(PROJECT, input).await.map_err(|error| explain(error, &name))?;
        print_project(session.format(), &name, &created["create_project"]["id"], "created");
        Ok(ExitCode::SUCCESS)
    })
}

/// The server answers in the words that Prefect's client looks for; people need others.
fn explain(error: ClientError, name: &str) -> anyhow::Error {
    match &error {
        ClientError::Refused { message, .. } if message == "Uniqueness violation." => {
            anyhow::Error::new(error)
                .context(format!("there is a project `{name}` already; `--skip-if-exists` accepts that"))
        }
        _ => error.into(),
    }
}

fn print_project(format: Format, name: &str, id: &Value, what: &str) {
    match format {
        Format::Json | Format::Yaml => output::print_data(format, &json!({"id": id, "name": name})),
        Format::Table => {
            println!("Project `{name}` {what}. Next: castra register --project {name} --path FLOW_FILE")
        }
    }
}
