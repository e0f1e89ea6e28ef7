//! `castra agent … render`: what an agent with these options would send to launch a run, printed and not sent. What that
//! is, each kind of agent says for itself; here stands what they share: reading the run, and hiding secrets.

mod flow_run;

use std::process::ExitCode;

use anyhow::{Result, anyhow};
use castra_core::credential::Credential;
use castra_core::mask::mask;
use castra_render::{FlowRunConfig, Order};
use clap::Args;
use serde_json::Value;
use uuid::Uuid;

use crate::output::{self, Format};
use crate::session::Session;

/// The options of an agent's `start`, as far as they decide what is sent.
pub(super) trait Renders: Args {
    /// What every flow run of the agent is told, with the server at `api`.
    fn flow_runs(&self, api: &str) -> Result<FlowRunConfig>;

    /// What is sent to launch the run, in the target's words.
    fn rendered(&self, order: &Order, flow_runs: &FlowRunConfig) -> Result<Value>;
}

#[derive(Args)]
pub(super) struct Render<Start: Args> {
    #[command(flatten)]
    start: Start,
    /// The flow run as the API returns it, in JSON: `{id, name, version, parameters, run_config, flow: {id, name,
    /// version, storage, core_version, environment}}`; `-` reads it from stdin
    #[arg(value_name = "FLOW_RUN.json")]
    flow_run: String,
    /// Render as for an agent that presents this key; a real launch has a credential of its own
    #[arg(long, short, value_name = "KEY")]
    key: Option<String>,
    /// The tenant of the key
    #[arg(long, value_name = "ID", requires = "key")]
    tenant_id: Option<Uuid>,
    /// Print the key and the values of PREFECT__CONTEXT__SECRETS__… instead of ********
    #[arg(long)]
    show_secrets: bool,
}

pub(super) fn run<Start: Renders>(render: Render<Start>, session: &Session) -> Result<ExitCode> {
    let format = session.data_format(Format::Json)?;
    let order = Order {
        // The claim would open the launch; until then it has no id.
        launch_id: Uuid::nil(),
        flow_run: flow_run::read(&render.flow_run)?,
        credential: render.key.as_ref().map(Credential::new),
        tenant_id: render.tenant_id,
    };
    let flow_runs = render.start.flow_runs(&session.api)?;
    let id = order.flow_run.id;
    let mut rendered = render
        .start
        .rendered(&order, &flow_runs)
        // Such an error tells all in its own words, those of its source included.
        .map_err(|error| anyhow!("the flow run `{id}` cannot be launched by this agent: {error}"))?;
    if !render.show_secrets {
        mask(&mut rendered, render.key.as_deref());
    }
    output::print_data(format, &rendered);
    Ok(ExitCode::SUCCESS)
}
