//! What would come of a run config: what is sent and stored, what preflight finds, and which agents would take the run.

use askama::Template;
use askama::filters::HtmlSafe;
use castra_core::preflight::{Finding, Severity};
use castra_core::run_config::{AgentKind, RunConfig};
use castra_store::why::AgentVerdict;

use super::rendered::Rendered;
use super::{Considered, Prospects};
use crate::web::components::{Command, Labels, agent_command};
use crate::web::run::run_config_text;
use crate::web::words;

/// The preview.
#[derive(Template)]
#[template(path = "run_config/preview.html")]
pub(in crate::web) struct Preview {
    is_override: bool,
    labels: Labels,
    label_words: &'static str,
    /// What the run would carry, secrets masked.
    run_config: Option<String>,
    source: &'static str,
    findings: Vec<Finding>,
    /// What keeps the form from being previewed.
    unread: Vec<(String, String)>,
    agents: Vec<AgentRow>,
    /// The kind of agent that launches it.
    agent: AgentKind,
    /// Starts an agent that takes it, where none does.
    command: Option<Command>,
    rendered: Rendered,
}

impl HtmlSafe for Preview {}

/// Whether an agent would take it.
struct AgentRow {
    name: String,
    agent_type: String,
    labels: Labels,
    reason: Option<String>,
}

impl Preview {
    pub(in crate::web) fn new(result: &Considered, prospects: Prospects) -> Self {
        let is_override = result.outcome.is_override();
        let kind =
            result.run_config.as_ref().and_then(|it| RunConfig::from_json(it).ok()).map(|it| it.kind());
        let taker = prospects.agents.iter().find(|agent| agent.takes);
        let taker = taker.map(|agent| AgentKind::from_agent_type(&agent.agent_type));
        let agent = taker.flatten().unwrap_or_else(|| AgentKind::made_for(kind));
        Self {
            is_override,
            labels: Labels::new(result.labels.clone()),
            label_words: match result.said {
                Ok(Some(_)) => "as chosen here",
                _ if is_override => "inherited, and sent along with the overridden run config",
                _ => words::label_source(result.inherited.label_source),
            },
            run_config: result.run_config.as_ref().map(run_config_text),
            source: super::source(&result.inherited),
            findings: result.findings.clone(),
            unread: result.outcome.errors.clone().into_iter().collect(),
            rendered: Rendered::new(agent, result.run_config.clone(), prospects.flow, prospects.run_name),
            agent,
            command: taker.is_none().then(|| agent_command(kind, &result.labels)),
            agents: prospects.agents.into_iter().map(AgentRow::from).collect(),
        }
    }

    fn is_error(&self, finding: &Finding) -> bool {
        finding.severity == Severity::Error
    }
}

impl From<AgentVerdict> for AgentRow {
    fn from(agent: AgentVerdict) -> Self {
        Self {
            name: agent.name.unwrap_or_else(|| agent.id.to_string()),
            agent_type: agent.agent_type,
            labels: Labels::new(agent.labels),
            reason: agent.reason,
        }
    }
}
