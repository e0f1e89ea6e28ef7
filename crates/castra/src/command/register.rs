//! `register`: the flows of this binary become known to a server.

use std::process::ExitCode;

use castra_client::Client;
use castra_core::run_config::{RunConfig, UniversalRun};
use castra_core::storage::Storage;
use clap::Args;
use serde_json::Value;

use super::{findings, named};
use crate::flow::Flow;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The project; unless given, the one that each flow names.
    #[arg(long, short)]
    project: Option<String>,
    /// The address of the server.
    #[arg(long, env = "CASTRA_API", default_value = "http://127.0.0.1:4200")]
    api: String,
    /// Where the flows are kept, as JSON; unless given, where each flow says, or in this binary.
    #[arg(long, value_name = "JSON", value_parser = storage)]
    storage: Option<Storage>,
    /// A further label of the flows; may be repeated.
    #[arg(long = "label", short, value_name = "LABEL")]
    labels: Vec<String>,
    /// Do not activate the flows' schedules: no runs are created until somebody does.
    #[arg(long)]
    no_schedule: bool,
    /// Only the flow of this name.
    flow: Option<String>,
}

pub(super) fn run(flows: Vec<Flow>, arguments: Arguments) -> anyhow::Result<ExitCode> {
    let flows: Vec<Flow> = flows.into_iter().map(|flow| arguments.changed(flow)).collect();
    let client = Client::new(&arguments.api, None)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        for flow in named(&flows, arguments.flow.as_deref())? {
            let project = arguments.project.as_deref();
            let id = flow.register_as(&client, project, !arguments.no_schedule).await?;
            println!("registered `{}` as {id}", flow.name);
            findings::print(&client, flow).await?;
        }
        Ok(ExitCode::SUCCESS)
    })
}

impl Arguments {
    /// The flow with the storage and the labels that were given.
    fn changed(&self, mut flow: Flow) -> Flow {
        if let Some(storage) = &self.storage {
            flow.storage = Some(storage.clone());
        }
        if !self.labels.is_empty() {
            let run_config = flow.run_config.get_or_insert_with(|| RunConfig::from(UniversalRun::new()));
            run_config.add_labels(self.labels.iter().cloned());
        }
        flow
    }
}

fn storage(text: &str) -> Result<Storage, String> {
    let document: Value = serde_json::from_str(text).map_err(|error| format!("it is no JSON: {error}"))?;
    Storage::from_json(&document).map_err(|error| error.to_string())
}
