//! The options that agents of every kind have, with Prefect 1's names where Prefect 1 has them.

use std::path::PathBuf;

use anyhow::Result;
use castra_agent::AgentConfig;
use castra_core::claim::default_lease_seconds;
use castra_render::FlowRunConfig;
use clap::{ArgAction, Args};
use uuid::Uuid;

use crate::machine;

#[derive(Args)]
pub(super) struct Options {
    /// The agent's name
    #[arg(long, short, default_value = "agent")]
    pub(super) name: String,
    /// A label the agent covers: it takes the runs all of whose labels it covers; may be repeated
    #[arg(long = "label", short, value_name = "LABEL")]
    pub(super) labels: Vec<String>,
    /// An environment variable for every flow run; may be repeated
    #[arg(long = "env", short, value_name = "NAME=VALUE", value_parser = variable)]
    pub(super) env: Vec<(String, String)>,
    /// How many runs to keep running at once; as many as come otherwise
    #[arg(long, value_name = "RUNS", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) max_running: Option<u32>,
    /// Keep the logs of flow runs from the server
    #[arg(long = "no-cloud-logs", action = ArgAction::SetFalse)]
    pub(super) send_logs: bool,
    /// The least severe level that flow runs log
    #[arg(long, value_name = "LEVEL", default_value = "INFO")]
    pub(super) log_level: String,
    /// How many seconds a claim lives without word from the agent
    #[arg(long, value_name = "SECONDS", default_value_t = default_lease_seconds(), value_parser = clap::value_parser!(u32).range(1..=3600))]
    pub(super) lease_seconds: u32,
    /// Where the agent keeps what must survive its restart; an agent that is started on it again takes up the runs it
    /// had launched [default: agents/NAME in CASTRA_HOME, which is ~/.castra]
    #[arg(long, value_name = "FOLDER")]
    pub(super) state_dir: Option<PathBuf>,
    /// Who the agent is if its state directory does not know, e.g. because it is new with every start: a UUID that no other
    /// agent has, with which it finds its flow runs again
    #[arg(long, value_name = "UUID")]
    pub(super) agent_id: Option<Uuid>,
}

impl Options {
    /// The agent that these options describe, for flow runs that reach the server at `api`.
    pub(super) fn config(&self, api: &str, labels: Vec<String>) -> Result<AgentConfig> {
        let state_directory = match &self.state_dir {
            Some(folder) => folder.clone(),
            None => machine::file(&format!("agents/{}", self.name))?,
        };
        Ok(AgentConfig {
            name: self.name.clone(),
            max_running: self.max_running,
            id: self.agent_id,
            lease_seconds: self.lease_seconds,
            ..AgentConfig::new(state_directory, self.flow_runs(api, labels))
        })
    }

    /// What its flow runs are told.
    pub(super) fn flow_runs(&self, api: &str, labels: Vec<String>) -> FlowRunConfig {
        FlowRunConfig {
            labels,
            env: self.env.clone(),
            log_level: self.log_level.clone(),
            send_logs: self.send_logs,
            ..FlowRunConfig::new(api)
        }
    }
}

pub(crate) fn variable(word: &str) -> Result<(String, String), String> {
    match word.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err(format!("`{word}` is no assignment: write NAME=VALUE")),
    }
}
