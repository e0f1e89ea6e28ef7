//! The form of a run config with its labels: what it begins with, what it was sent with, what of it is an override, and what
//! would come of it. A run of a flow is created with it, and the flow's own settings are edited with it.

mod edit;
mod item;
mod labels;
mod preview;
mod rendered;
mod text;
mod view;

use castra_core::claim::ClaimedFlow;
use castra_core::label::LabelSet;
use castra_core::preflight::{Finding, Severity, preflight};
use castra_core::run_config::RunConfig;
use castra_store::Transaction;
use castra_store::create_flow_run::Inherited;
use castra_store::route::Route;
use castra_store::view::flows::to_render;
use castra_store::why::{AgentVerdict, verdicts};
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::fields::Fields;
use super::words;

pub(super) use edit::{Base, Edit, Outcome};
pub(super) use labels::LabelEdit;
pub(super) use preview::Preview;
pub(super) use view::RunConfigForm;

/// What the form edits, as it stands.
#[derive(Clone, Debug)]
pub(super) struct Editing {
    pub(super) edit: Edit,
    pub(super) labels: LabelEdit,
}

impl Editing {
    /// The form as it was sent.
    pub(super) fn read(fields: &Fields, base: &Base) -> Self {
        Self { edit: Edit::read(fields, base), labels: LabelEdit::read(fields) }
    }
}

/// What decides what would become of a run, beyond what is said in the form.
#[derive(Debug)]
pub(super) struct Prospects {
    /// Every agent, and whether it would take it; those that would come first.
    pub(super) agents: Vec<AgentVerdict>,
    /// The flow, as its runs are rendered.
    pub(super) flow: ClaimedFlow,
    /// The name of the run, if it is known.
    pub(super) run_name: Option<String>,
}

/// What is to be set, and what would come of it.
#[derive(Debug)]
pub(super) struct Considered {
    pub(super) inherited: Inherited,
    pub(super) outcome: Outcome,
    /// What is said of labels.
    pub(super) said: Result<Option<LabelSet>, &'static str>,
    /// The labels that would count.
    pub(super) labels: LabelSet,
    /// The run config that would count, in wire form.
    pub(super) run_config: Option<Json>,
    pub(super) findings: Vec<Finding>,
}

impl Considered {
    /// Of this edit, over what is inherited.
    pub(super) fn of(edit: &Edit, labels: &LabelEdit, base: &Base, inherited: Inherited) -> Self {
        let outcome = edit.outcome(base);
        let said = labels.said();
        let labels = said.clone().ok().flatten().unwrap_or_else(|| inherited.labels.clone());
        let own = outcome.run_config.as_ref().map(|run_config| with_labels(run_config, &labels));
        let run_config = own.or_else(|| inherited.run_config.clone());
        let findings = findings(run_config.as_ref());
        Self { inherited, outcome, said, labels, run_config, findings }
    }

    /// The run config to send: none unless something is overridden. It brings the labels that count: a run config that is
    /// given replaces the weaker layers' labels by its own, and without any there would be none.
    pub(super) fn run_config_to_send(&self) -> Option<Json> {
        self.run_config.clone().filter(|_| self.outcome.run_config.is_some())
    }

    /// Whether it cannot be sent: something cannot be read, or what is overridden could not be launched.
    pub(super) fn is_wrong(&self) -> bool {
        let is_hopeless = |finding: &Finding| finding.severity == Severity::Error;
        self.said.is_err()
            || self.outcome.is_wrong()
            || self.outcome.is_override() && self.findings.iter().any(is_hopeless)
    }

    /// What would become of a run of this version of a flow.
    pub(super) fn prospects(
        &self,
        tx: &mut Transaction<'_>,
        flow_id: Uuid,
    ) -> castra_store::Result<Prospects> {
        let mut agents = verdicts(tx, &Route::new(self.labels.clone(), self.run_config.as_ref()))?;
        agents.sort_by_key(|agent| !agent.takes);
        Ok(Prospects { agents, flow: to_render(tx, flow_id)?, run_name: None })
    }
}

fn with_labels(run_config: &RunConfig, labels: &LabelSet) -> Json {
    let mut wire = run_config.to_json();
    wire["labels"] = json!(labels);
    wire
}

fn findings(run_config: Option<&Json>) -> Vec<Finding> {
    match run_config.map(RunConfig::from_json) {
        None => Vec::new(),
        Some(Ok(run_config)) => preflight(&run_config),
        Some(Err(error)) => vec![Finding::error(edit::TYPE, error.to_string())],
    }
}

/// Names what a form was made from, so that one that was made from something else is noticed.
pub(super) fn fingerprint(inherited: &Inherited) -> String {
    let text = json!([inherited.labels, inherited.run_config]).to_string();
    Sha256::digest(text).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// Where an inherited run config comes from, in words.
fn source(inherited: &Inherited) -> &'static str {
    match inherited.run_config_source {
        None => "the flow has none, so that any agent launches its runs with its own defaults",
        layer => words::run_config_source(layer),
    }
}
