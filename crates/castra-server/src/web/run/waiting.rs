//! Why a run waits: what for, which agent would take it and why the others do not, and the command that starts one that does.

use castra_core::matching::Mismatch;
use castra_core::run_config::RunConfigKind;
use castra_store::view::run::RunView;
use castra_store::why::{AgentVerdict, Why};

use crate::web::components::{Command, Labels, agent_command};

/// What the page says of a run that waits.
#[derive(Clone, Debug)]
pub(super) struct Waiting {
    pub(super) for_what: String,
    pub(super) agents: Vec<AgentRow>,
    /// Starts an agent that takes the run, if none does.
    pub(super) start_command: Option<Command>,
}

/// An agent, and whether it takes the run.
#[derive(Clone, Debug)]
pub(super) struct AgentRow {
    pub(super) name: String,
    pub(super) agent_type: String,
    pub(super) labels: Labels,
    pub(super) missing: Option<Labels>,
    /// Why it does not take it.
    pub(super) reason: Option<String>,
}

impl Waiting {
    /// Why the run waits, if it does.
    pub(super) fn of(run: &RunView, why: Why) -> Option<Self> {
        let for_what = why.waiting_for?;
        let agents = if why.is_claimable { why.agents } else { Vec::new() };
        let nobody = why.is_claimable && !agents.iter().any(|agent| agent.takes);
        Some(Self {
            for_what,
            start_command: nobody.then(|| start_command(run)),
            agents: agents.into_iter().map(AgentRow::new).collect(),
        })
    }
}

impl AgentRow {
    fn new(agent: AgentVerdict) -> Self {
        let missing = match agent.mismatch {
            Some(Mismatch::MissingLabels { missing }) => Some(Labels::new(missing)),
            _ => None,
        };
        Self {
            name: agent.name.unwrap_or_else(|| agent.id.to_string()),
            agent_type: agent.agent_type,
            labels: Labels::new(agent.labels),
            missing,
            reason: agent.reason,
        }
    }
}

fn start_command(run: &RunView) -> Command {
    let kind = run.run_config.as_ref().and_then(|run_config| run_config.get("type")?.as_str());
    agent_command(kind.and_then(RunConfigKind::from_name), &run.labels)
}
