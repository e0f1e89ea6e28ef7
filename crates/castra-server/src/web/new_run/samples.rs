//! Runs to create for the test that renders every page.

use castra_core::claim::ClaimedFlow;
use castra_core::matching::Mismatch;
use castra_core::run_config::{RunConfig, RunConfigKind};
use castra_store::create_flow_run::Inherited;
use castra_store::why::AgentVerdict;
use serde_json::json;
use uuid::Uuid;

use super::NewRunPage;
use super::edit::{Material, RunEdit};
use crate::web::fields::Fields;
use crate::web::flow::samples::a_flow;
use crate::web::run_config::{Base, Considered, Editing, Prospects};
use crate::web::tests::{HOSTILE, Sample, sample};

/// The page as it begins, and with every field of every type wrong or hostile.
pub(in crate::web) fn samples() -> Vec<Sample> {
    let begun = RunEdit::begin(&a_material(), HOSTILE.to_owned());
    let edits = every_form()
        .into_iter()
        .map(|fields| RunEdit::read(&Fields::of(&fields), &a_material(), HOSTILE.to_owned()));
    std::iter::once(begun).chain(edits).map(|edit| sample("new run", &page(edit))).collect()
}

fn page(edit: RunEdit) -> NewRunPage {
    let material = a_material();
    let considered = edit.considered(&material);
    let mut page = NewRunPage::new(material, edit, &considered, prospects());
    page.notice = Some(HOSTILE.to_owned());
    page
}

fn a_material() -> Material {
    Material { flow: a_flow(), inherited: inherited(), like: None }
}

/// What is inherited, hostile in every text.
fn inherited() -> Inherited {
    Inherited {
        labels: [HOSTILE].into_iter().collect(),
        label_source: "flow_group",
        run_config: Some(
            json!({"type": "DockerRun", "image": HOSTILE, "env": {HOSTILE: HOSTILE}, "labels": [HOSTILE]}),
        ),
        run_config_source: Some("flow_group"),
    }
}

/// Forms as they are sent, of every type.
fn every_form() -> Vec<Vec<(&'static str, &'static str)>> {
    let of_kind = |kind: RunConfigKind| {
        let wire = RunConfig::new(kind).to_json();
        let names = wire.as_object().into_iter().flatten().map(|(name, _)| name.clone());
        let hostile = names.filter(|name| name != "type").map(|name| (&*name.leak(), HOSTILE));
        let chosen = [
            ("type", kind.name()),
            ("job_template_from", "job_template"),
            ("task_definition_from", "task_definition_arn"),
            ("env.name", HOSTILE),
            ("env.value", HOSTILE),
            ("labels.saying", "these"),
            ("labels.these", HOSTILE),
            ("context", HOSTILE),
            ("start", "later"),
            ("start.at", HOSTILE),
            ("start.zone", HOSTILE),
        ];
        chosen.into_iter().chain(hostile).collect()
    };
    RunConfigKind::ALL.into_iter().map(of_kind).collect()
}

/// Run configs of every type as they are edited.
pub(in crate::web) fn every_editing() -> Vec<Editing> {
    every_form()
        .iter()
        .map(|fields| Editing::read(&Fields::of(fields), &Base::new(inherited().run_config)))
        .collect()
}

/// What would come of it.
pub(in crate::web) fn considered(editing: &Editing) -> Considered {
    Considered::of(&editing.edit, &editing.labels, &Base::new(inherited().run_config), inherited())
}

/// What would become of it: hostile in every text, too.
pub(in crate::web) fn prospects() -> Prospects {
    let flow = ClaimedFlow {
        id: Uuid::from_u128(6),
        name: HOSTILE.to_owned(),
        version: 1,
        storage: None,
        core_version: Some("1.4.1".to_owned()),
        environment: None,
    };
    Prospects { agents: vec![an_agent()], flow, run_name: Some(HOSTILE.to_owned()) }
}

/// An agent that does not take it.
fn an_agent() -> AgentVerdict {
    let missing = [HOSTILE].into_iter().collect();
    AgentVerdict {
        id: Uuid::from_u128(5),
        name: Some(HOSTILE.to_owned()),
        agent_type: HOSTILE.to_owned(),
        labels: [HOSTILE].into_iter().collect(),
        takes: false,
        reason: Some(HOSTILE.to_owned()),
        mismatch: Some(Mismatch::MissingLabels { missing }),
    }
}
