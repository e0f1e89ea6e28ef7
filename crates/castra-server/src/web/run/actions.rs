//! What may be done with a run from its page. Each form does what the GraphQL mutation of that name does, and comes back to
//! the page.

use axum::extract::{Path, State as Shared};
use castra_core::state::{Move, State, StateKind, move_flow_run};
use castra_store::flow_run_state::{SetFlowRunState, set_flow_run_state};
use castra_store::view::run::RunView;
use castra_store::view::tasks::TaskRunView;
use castra_store::{Transaction, cancel, relabel, rename, restart, resume};
use uuid::Uuid;

use super::run_id;
use crate::web::Web;
use crate::web::components::LabelField;
use crate::web::fields::InForm;
use crate::web::page_error::PageError;
use crate::web::respond::{self, Answer};

/// The states that a person sets a run to.
const SETTABLE: [StateKind; 6] = {
    use StateKind::*;
    [Scheduled, Success, Failed, Skipped, Cancelled, Paused]
};

/// What the page offers, as the run stands.
#[derive(Clone, Debug)]
pub(super) struct Actions {
    pub(super) can_cancel: bool,
    pub(super) can_restart: bool,
    pub(super) states: Vec<StateKind>,
    pub(super) labels: LabelField,
}

impl Actions {
    pub(super) fn of(run: &RunView) -> Self {
        let accepts =
            |state: &StateKind| move_flow_run(run.state, *state) == Move::Accept && *state != run.state;
        Self {
            can_cancel: !run.state.is_finished() && run.state != StateKind::Cancelling,
            can_restart: run.state.is_finished() && !run.state.is_successful(),
            states: SETTABLE.into_iter().filter(accepts).collect(),
            labels: LabelField::new(run.labels.clone()),
        }
    }
}

/// Carries an action out, and comes back to the page of the run.
async fn act<T: Send + 'static>(
    web: &Web,
    id: Uuid,
    action: impl FnOnce(&mut Transaction<'_>) -> castra_store::Result<T> + Send + 'static,
) -> Answer {
    web.store.write(action).await?;
    respond::see(&format!("/runs/{id}"))
}

/// `POST /runs/{id}/cancel`.
pub(in crate::web) async fn cancel(Shared(web): Shared<Web>, Path(id): Path<String>) -> Answer {
    let id = run_id(&id)?;
    act(&web, id, move |tx| cancel::cancel_flow_run(tx, id)).await
}

/// `POST /runs/{id}/restart`.
pub(in crate::web) async fn restart(Shared(web): Shared<Web>, Path(id): Path<String>) -> Answer {
    let id = run_id(&id)?;
    act(&web, id, move |tx| restart::restart_flow_run(tx, id)).await
}

/// `POST /runs/{id}/tasks/{task_run_id}/resume`.
pub(in crate::web) async fn resume(
    Shared(web): Shared<Web>,
    Path((id, task_run)): Path<(String, String)>,
) -> Answer {
    let id = run_id(&id)?;
    let words = |_| PageError::bad(format!("“{task_run}” is no id of a task run."));
    let task_run = Uuid::parse_str(&task_run).map_err(words)?;
    act(&web, id, move |tx| resume::resume_task_run(tx, id, task_run)).await
}

/// Where the form leads that resumes a task run, if it is paused and its flow run is not over.
pub(super) fn resume_url(flow_run: (Uuid, StateKind), task_run: &TaskRunView) -> Option<String> {
    let (id, state) = flow_run;
    let is_paused = task_run.state == StateKind::Paused && !state.is_finished();
    is_paused.then(|| format!("/runs/{id}/tasks/{}/resume", task_run.id))
}

/// `POST /runs/{id}/state`: `state` and, if wanted, `message`.
pub(in crate::web) async fn set_state(
    Shared(web): Shared<Web>,
    Path(id): Path<String>,
    InForm(fields): InForm,
) -> Answer {
    let id = run_id(&id)?;
    let kind: StateKind = fields.parsed("state")?.ok_or_else(|| PageError::bad("Choose a state."))?;
    let message = fields.text("message").unwrap_or("Set by a person.").to_owned();
    act(&web, id, move |tx| {
        let state = match kind {
            StateKind::Scheduled => State::scheduled(tx.now(), message),
            kind => State::new(kind, message),
        };
        let request =
            SetFlowRunState { flow_run_id: id, state, version: None, process: None, agent_id: None };
        set_flow_run_state(tx, &request)
    })
    .await
}

/// `POST /runs/{id}/name`: `name`.
pub(in crate::web) async fn rename(
    Shared(web): Shared<Web>,
    Path(id): Path<String>,
    InForm(fields): InForm,
) -> Answer {
    let id = run_id(&id)?;
    let name = fields.required("name")?.to_owned();
    act(&web, id, move |tx| rename::set_flow_run_name(tx, id, &name)).await
}

/// `POST /runs/{id}/labels`: those of the field for labels, none if it holds none.
pub(in crate::web) async fn relabel(
    Shared(web): Shared<Web>,
    Path(id): Path<String>,
    InForm(fields): InForm,
) -> Answer {
    let id = run_id(&id)?;
    let labels = fields.labels();
    act(&web, id, move |tx| relabel::set_flow_run_labels(tx, id, &labels)).await
}
