//! What may be done with a flow from its page. Each form does what the GraphQL mutation of that name does.

use axum::extract::{Path, State};
use castra_core::schedule::Schedule;
use castra_store::flow_group::{self, FlowSetting};
use castra_store::view::flows::flow;
use castra_store::{Transaction, register, schedule};
use serde_json::{Map, Value as Json, json};
use uuid::Uuid;

use super::flow_id;
use crate::web::Web;
use crate::web::fields::{Fields, InForm};
use crate::web::page_error::PageError;
use crate::web::respond::{self, Answer};

/// Carries an action out, and comes back to the page of the flow.
async fn act(
    web: &Web,
    id: Uuid,
    action: impl FnOnce(&mut Transaction<'_>) -> castra_store::Result<()> + Send + 'static,
) -> Answer {
    web.store.write(action).await?;
    respond::see(&format!("/flows/{id}"))
}

/// `POST /flows/{id}/schedule`: sets one of cron, in `cron` and `timezone`; without it, takes away what was set.
pub(in crate::web) async fn set_schedule(
    State(web): State<Web>,
    Path(id): Path<String>,
    InForm(fields): InForm,
) -> Answer {
    let id = flow_id(&id)?;
    let wanted = read_schedule(&fields)?;
    act(&web, id, move |tx| schedule::set_flow_group_schedule(tx, id, wanted.as_ref())).await
}

fn read_schedule(fields: &Fields) -> Result<Option<Schedule>, PageError> {
    let Some(cron) = fields.text("cron") else { return Ok(None) };
    let timezone = fields.text("timezone").unwrap_or("UTC");
    let input = json!({"cron_clocks": [{"cron": cron}], "timezone": timezone});
    Schedule::from_input(&input).map(Some).map_err(|error| PageError::bad(error.to_string()))
}

/// `POST /flows/{id}/schedule/active`: `active` is `true` or `false`.
pub(in crate::web) async fn set_schedule_active(
    State(web): State<Web>,
    Path(id): Path<String>,
    InForm(fields): InForm,
) -> Answer {
    let id = flow_id(&id)?;
    let is_active: bool = fields.parsed("active")?.unwrap_or(false);
    act(&web, id, move |tx| {
        let flow_id = flow(tx, id)?.newest.id;
        match is_active {
            true => register::activate_flow(tx, flow_id),
            false => schedule::set_schedule_inactive(tx, flow_id),
        }
    })
    .await
}

/// `POST /flows/{id}/parameters`: `parameters` as a JSON object.
pub(in crate::web) async fn set_parameters(
    State(web): State<Web>,
    Path(id): Path<String>,
    InForm(fields): InForm,
) -> Answer {
    let id = flow_id(&id)?;
    let parameters = object(fields.text("parameters").unwrap_or("{}"))?;
    act(&web, id, move |tx| flow_group::set_default_parameters(tx, id, parameters)).await
}

fn object(text: &str) -> Result<Map<String, Json>, PageError> {
    serde_json::from_str(text).map_err(|error| {
        PageError::bad(format!(
            "The parameters are no JSON object: {error}. Write them as {{\"name\": value}}."
        ))
    })
}

/// `POST /flows/{id}/switch`: `setting` by its key, and `on`.
pub(in crate::web) async fn switch(
    State(web): State<Web>,
    Path(id): Path<String>,
    InForm(fields): InForm,
) -> Answer {
    let id = flow_id(&id)?;
    let key = fields.required("setting")?;
    let settings = [FlowSetting::Heartbeat, FlowSetting::Lazarus, FlowSetting::VersionLocking];
    let setting = settings.into_iter().find(|setting| setting.key() == key);
    let setting = setting.ok_or_else(|| PageError::bad(format!("setting: “{key}” is unknown.")))?;
    let on: bool = fields.parsed("on")?.unwrap_or(false);
    act(&web, id, move |tx| {
        let flow_id = flow(tx, id)?.newest.id;
        flow_group::switch(tx, flow_id, setting, on)
    })
    .await
}
