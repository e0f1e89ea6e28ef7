//! The page on which a run of a flow is created: when it starts, its name, parameters, labels, context, level of logs and
//! run config, with a preview of what would come of it.

mod edit;
mod parameters;
#[cfg(test)]
pub(super) mod samples;
mod start_time;

use askama::Template;
use axum::extract::{Path, State};
use castra_core::log_level::LogLevel;
use castra_store::create_flow_run::{FlowToRun, create_flow_run, inherited};
use castra_store::run_name::run_name;
use castra_store::view::flows::{FlowView, flow};
use castra_store::view::run::run;
use castra_store::{StoreError, Transaction};
use uuid::Uuid;

use self::edit::{Material, RunEdit};
use self::parameters::{Kind, ParameterEdit};
use super::Web;
use super::fields::{Fields, InAddress, InForm};
use super::flow::flow_id;
use super::frame::{Frame, Section};
use super::page_error::PageError;
use super::respond::{self, Answer};
use super::run::run_id;
use super::run_config::{Considered, Preview, Prospects, RunConfigForm, fingerprint};

/// The page.
#[derive(Template)]
#[template(path = "new_run.html")]
pub(super) struct NewRunPage {
    frame: Frame,
    /// Where the form is sent to be rendered again.
    again: String,
    /// The earlier run that the form began as.
    like: Option<Uuid>,
    flow: FlowView,
    edit: RunEdit,
    start_error: Option<String>,
    context_error: Option<String>,
    parameters: Vec<ParameterView>,
    form: RunConfigForm,
    preview: Preview,
    /// What keeps the run from being created that belongs to no field.
    notice: Option<String>,
}

/// A parameter as the form shows it.
struct ParameterView {
    /// Its place in the form: names are anything.
    number: usize,
    edit: ParameterEdit,
    is_given: bool,
    error: Option<String>,
}

impl ParameterView {
    fn new(number: usize, edit: &ParameterEdit) -> Self {
        let value = edit.value();
        let is_given = !matches!(value, Ok(None)) && edit.default.is_some();
        Self { number, is_given, error: value.err(), edit: edit.clone() }
    }

    fn field(&self) -> String {
        format!("parameter.{}", self.edit.name)
    }

    fn reset_id(&self) -> String {
        format!("reset-parameter-{}", self.number)
    }

    fn kinds(&self) -> [(&'static str, bool); 4] {
        Kind::ALL.map(|kind| (kind.name(), kind == self.edit.kind))
    }

    fn is_boolean(&self) -> bool {
        self.edit.kind == Kind::Boolean
    }

    fn is_json(&self) -> bool {
        self.edit.kind == Kind::Json
    }
}

fn parameters(edits: &[ParameterEdit]) -> Vec<ParameterView> {
    edits.iter().enumerate().map(|(number, edit)| ParameterView::new(number, edit)).collect()
}

const STALE: &str = "What the flow says has changed since this page was opened. Look at what is marked as overridden, and \
                     start the run again.";

/// `GET /flows/{id}/run`; with `like`, as this earlier run of the flow was.
pub(super) async fn show(
    State(web): State<Web>,
    Path(id): Path<String>,
    InAddress(fields): InAddress,
) -> Answer {
    let id = flow_id(&id)?;
    let like = like(&fields)?;
    let page = web.store.read(move |tx| {
        let material = material(tx, id, like)?;
        let edit = RunEdit::begin(&material, run_name(Uuid::new_v4()));
        page(tx, material, edit).map(|(page, _)| page)
    });
    respond::page(&page.await?)
}

/// `POST /flows/{id}/run/form`: the page again, with what was typed, and what would come of it now.
pub(super) async fn again(State(web): State<Web>, Path(id): Path<String>, InForm(fields): InForm) -> Answer {
    let id = flow_id(&id)?;
    let of = (id, like(&fields)?);
    let page = web.store.read(move |tx| read(tx, of, &fields).map(|(page, _)| page));
    respond::page(&page.await?)
}

/// `POST /flows/{id}/run`: creates the run.
pub(super) async fn start(State(web): State<Web>, Path(id): Path<String>, InForm(fields): InForm) -> Answer {
    let id = flow_id(&id)?;
    let of = (id, like(&fields)?);
    let (mut page, request) = web
        .store
        .read(move |tx| {
            let (page, considered) = read(tx, of, &fields)?;
            let is_wrong = considered.is_wrong() || page.edit.is_wrong() || page.notice.is_some();
            let request = (!is_wrong).then(|| page.edit.request(&page.flow, &considered));
            Ok((page, request))
        })
        .await?;
    let Some(request) = request else { return respond::refused(&page) };
    match web.store.write(move |tx| create_flow_run(tx, &request)).await {
        Ok(created) => respond::see(&format!("/runs/{}", created.id)),
        Err(StoreError::Invalid(words)) => {
            page.notice = Some(words);
            respond::refused(&page)
        }
        Err(error) => Err(error.into()),
    }
}

fn material(tx: &mut Transaction<'_>, id: Uuid, like: Option<Uuid>) -> castra_store::Result<Material> {
    let flow = flow(tx, id)?;
    Ok(Material {
        inherited: inherited(tx, &FlowToRun::Flow(flow.newest.id))?,
        like: like.map(|like| run(tx, like)).transpose()?,
        flow,
    })
}

fn read(
    tx: &mut Transaction<'_>,
    (id, like): (Uuid, Option<Uuid>),
    fields: &Fields,
) -> castra_store::Result<(NewRunPage, Considered)> {
    let material = material(tx, id, like)?;
    let is_stale = fields.text("base").is_some_and(|base| base != fingerprint(&material.inherited));
    let edit = RunEdit::read(fields, &material, run_name(Uuid::new_v4()));
    let (mut page, considered) = page(tx, material, edit)?;
    page.notice = is_stale.then(|| STALE.to_owned());
    Ok((page, considered))
}

fn page(
    tx: &mut Transaction<'_>,
    material: Material,
    edit: RunEdit,
) -> castra_store::Result<(NewRunPage, Considered)> {
    let considered = edit.considered(&material);
    let mut prospects = considered.prospects(tx, material.flow.newest.id)?;
    prospects.run_name = Some(edit.name.clone());
    Ok((NewRunPage::new(material, edit, &considered, prospects), considered))
}

/// The earlier run that the form names.
fn like(fields: &Fields) -> Result<Option<Uuid>, PageError> {
    fields.text("like").map(run_id).transpose()
}

impl NewRunPage {
    fn new(material: Material, edit: RunEdit, considered: &Considered, prospects: Prospects) -> Self {
        let Material { flow, like, .. } = material;
        let again = format!("/flows/{}/run/form", flow.group_id);
        Self {
            frame: Frame::new(format!("Run {}", flow.newest.name), Section::Flows),
            start_error: edit.start.instant().err(),
            context_error: edit.read_context().err(),
            parameters: parameters(&edit.parameters),
            form: RunConfigForm::new(again.clone(), &edit.editing.edit, &edit.editing.labels, considered),
            preview: Preview::new(considered, prospects),
            notice: None,
            again,
            like: like.map(|run| run.id),
            flow,
            edit,
        }
    }

    fn time_does_not_count(&self) -> bool {
        !self.edit.start.is_later && !self.edit.start.at.is_empty()
    }

    fn levels(&self) -> [(&'static str, bool); 5] {
        LogLevel::ALL.map(|level| (level.as_str(), level.as_str() == self.edit.log_level))
    }

    /// What is said beside the fields, which changes while somebody types.
    fn said_ids(&self) -> String {
        let parameters = (0..self.parameters.len()).map(|number| format!(",#said-parameter-{number}"));
        format!("{},#said-start,#said-context{}", self.form.said_ids(), parameters.collect::<String>())
    }
}
