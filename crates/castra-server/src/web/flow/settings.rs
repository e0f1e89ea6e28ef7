//! The page on which labels and run config are set on a flow, for every later run of any version. What says the same as what
//! was registered with the flow is not set, so that a newer version's counts.

#[cfg(test)]
pub(in crate::web) mod samples;

use askama::Template;
use axum::extract::{Path, State};
use castra_core::label::LabelSet;
use castra_store::create_flow_run::{FlowToRun, Inherited, registered};
use castra_store::view::flows::{FlowView, flow};
use castra_store::{Transaction, flow_group};
use serde_json::Value as Json;
use uuid::Uuid;

use super::flow_id;
use crate::web::Web;
use crate::web::fields::{Fields, InForm};
use crate::web::frame::{Frame, Section};
use crate::web::respond::{self, Answer};
use crate::web::run_config::{
    Base, Considered, Edit, Editing, LabelEdit, Preview, Prospects, RunConfigForm, fingerprint,
};

/// The page.
#[derive(Template)]
#[template(path = "flow/settings.html")]
pub(in crate::web) struct SettingsPage {
    frame: Frame,
    flow: FlowView,
    form: RunConfigForm,
    preview: Preview,
    notice: Option<&'static str>,
}

const STALE: &str = "A newer version of the flow was registered since this page was opened. Look at what is marked as \
                     overridden, and set it again.";

/// `GET /flows/{id}/settings`.
pub(in crate::web) async fn show(State(web): State<Web>, Path(id): Path<String>) -> Answer {
    let id = flow_id(&id)?;
    let page = web.store.read(move |tx| {
        let (flow, registered) = of_flow(tx, id)?;
        let editing = begin(&flow, &registered);
        page(tx, flow, registered, &editing).map(|(page, _)| page)
    });
    respond::page(&page.await?)
}

/// `POST /flows/{id}/settings/form`: the page again, with what was typed, and what would come of it now.
pub(in crate::web) async fn again(
    State(web): State<Web>,
    Path(id): Path<String>,
    InForm(fields): InForm,
) -> Answer {
    let id = flow_id(&id)?;
    let page = web.store.read(move |tx| read(tx, id, &fields).map(|(page, _)| page));
    respond::page(&page.await?)
}

/// `POST /flows/{id}/settings`: sets them.
pub(in crate::web) async fn set(
    State(web): State<Web>,
    Path(id): Path<String>,
    InForm(fields): InForm,
) -> Answer {
    let id = flow_id(&id)?;
    let (page, considered) = web.store.read(move |tx| read(tx, id, &fields)).await?;
    if considered.is_wrong() || page.notice.is_some() {
        return respond::refused(&page);
    }
    let run_config = considered.run_config_to_send();
    let labels = considered.said.ok().flatten();
    web.store
        .write(move |tx| {
            flow_group::set_run_config(tx, id, run_config.as_ref())?;
            flow_group::set_labels(tx, id, labels.as_ref())
        })
        .await?;
    respond::see(&format!("/flows/{id}"))
}

fn of_flow(tx: &mut Transaction<'_>, id: Uuid) -> castra_store::Result<(FlowView, Inherited)> {
    let flow = flow(tx, id)?;
    let registered = registered(tx, &FlowToRun::Flow(flow.newest.id))?;
    Ok((flow, registered))
}

fn base(flow: &FlowView, registered: &Inherited) -> Base {
    Base::new(registered.run_config.clone()).begun_with(flow.run_config.clone())
}

/// What is set on the flow now. Labels that only its run config brings are shown as set: they count.
fn begin(flow: &FlowView, registered: &Inherited) -> Editing {
    let run_config = flow.run_config.as_ref().or(registered.run_config.as_ref());
    let brought = flow.run_config.as_ref().map(labels_of).filter(|labels| *labels != registered.labels);
    Editing { edit: Edit::of(run_config), labels: LabelEdit::of(flow.labels.as_ref().or(brought.as_ref())) }
}

fn labels_of(run_config: &Json) -> LabelSet {
    let labels = run_config.get("labels").and_then(Json::as_array).into_iter().flatten();
    labels.filter_map(Json::as_str).collect()
}

fn read(
    tx: &mut Transaction<'_>,
    id: Uuid,
    fields: &Fields,
) -> castra_store::Result<(SettingsPage, Considered)> {
    let (flow, registered) = of_flow(tx, id)?;
    let is_stale = fields.text("base").is_some_and(|base| base != fingerprint(&registered));
    let editing = Editing::read(fields, &base(&flow, &registered));
    let (mut page, considered) = page(tx, flow, registered, &editing)?;
    page.notice = is_stale.then_some(STALE);
    Ok((page, considered))
}

fn page(
    tx: &mut Transaction<'_>,
    flow: FlowView,
    registered: Inherited,
    editing: &Editing,
) -> castra_store::Result<(SettingsPage, Considered)> {
    let considered = Considered::of(&editing.edit, &editing.labels, &base(&flow, &registered), registered);
    let prospects = considered.prospects(tx, flow.newest.id)?;
    Ok((SettingsPage::new(flow, editing, &considered, prospects), considered))
}

impl SettingsPage {
    fn new(flow: FlowView, editing: &Editing, considered: &Considered, prospects: Prospects) -> Self {
        let again = format!("/flows/{}/settings/form", flow.group_id);
        Self {
            frame: Frame::new(format!("Settings of {}", flow.newest.name), Section::Flows),
            form: RunConfigForm::new(again, &editing.edit, &editing.labels, considered),
            preview: Preview::new(considered, prospects),
            notice: None,
            flow,
        }
    }
}
