//! The list of flows: what the latest runs of each did.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use castra_store::Change;
use castra_store::view::flows::{FlowListed, FlowPlace, RecentRun, flows};
use uuid::Uuid;

use super::Web;
use super::components::state_family;
use super::fields::InAddress;
use super::frame::{Frame, Section};
use super::live::{self, Changed};
use super::respond::{self, Answer};
use super::runs::encode;

/// Flows that are shown at a time.
const FLOWS: usize = 50;

/// The page.
#[derive(Template)]
#[template(path = "flows.html")]
pub(super) struct FlowsPage {
    frame: Frame,
    text: String,
    rows: Vec<FlowRow>,
    next: Option<String>,
    address: String,
}

struct FlowRow {
    id: Uuid,
    name: String,
    project: String,
    version: i64,
    is_scheduled: bool,
    recent: Vec<Dot>,
}

/// A run as a dot.
#[derive(Clone, Debug)]
pub(super) struct Dot {
    pub(super) id: Uuid,
    pub(super) class: &'static str,
    pub(super) title: String,
}

impl From<RecentRun> for Dot {
    fn from(run: RecentRun) -> Self {
        Self { id: run.id, class: state_family(run.state), title: format!("{}: {}", run.name, run.state) }
    }
}

/// `GET /flows`: `text` that the name holds, and the place from which on.
pub(super) async fn show(State(web): State<Web>, InAddress(fields): InAddress) -> Answer {
    let text = fields.text("text").unwrap_or_default().to_owned();
    let place = fields.text("after").map(str::to_owned).zip(fields.parsed("id")?);
    let after = place.map(|(name, group_id)| FlowPlace { name, group_id });
    let asked = text.clone();
    let found = web.store.read(move |tx| flows(tx, &asked, after.as_ref(), FLOWS + 1)).await?;
    respond::page(&FlowsPage::new(text, found))
}

/// `GET /flows/events`.
pub(super) async fn events(State(web): State<Web>) -> Response {
    live::events(&web, Changed::on(|change| matches!(change, Change::FlowRun { .. })))
}

impl FlowsPage {
    fn new(text: String, mut found: Vec<FlowListed>) -> Self {
        let has_more = found.len() > FLOWS;
        found.truncate(FLOWS);
        let address = format!("/flows?text={}", encode(&text));
        let next = |flow: &FlowListed| format!("{address}&after={}&id={}", encode(&flow.name), flow.group_id);
        Self {
            frame: Frame::new("Flows", Section::Flows),
            next: found.last().filter(|_| has_more).map(next),
            rows: found.into_iter().map(FlowRow::from).collect(),
            address,
            text,
        }
    }
}

impl From<FlowListed> for FlowRow {
    fn from(flow: FlowListed) -> Self {
        Self {
            id: flow.group_id,
            name: flow.name,
            project: flow.project,
            version: flow.version,
            is_scheduled: flow.is_scheduled,
            recent: flow.recent.into_iter().map(Dot::from).collect(),
        }
    }
}

#[cfg(test)]
pub(super) mod samples {
    use castra_core::state::StateKind;
    use jiff::Timestamp;

    use super::*;
    use crate::web::tests::{HOSTILE, Sample, sample};

    /// A full page.
    pub(in crate::web) fn samples() -> Vec<Sample> {
        let flow = FlowListed {
            group_id: Uuid::from_u128(1),
            name: HOSTILE.to_owned(),
            project: HOSTILE.to_owned(),
            version: 3,
            is_scheduled: true,
            recent: vec![a_recent_run()],
        };
        vec![sample("flows", &FlowsPage::new(HOSTILE.to_owned(), vec![flow; FLOWS + 1]))]
    }

    /// A run as a dot.
    pub(in crate::web) fn a_recent_run() -> RecentRun {
        let (id, state) = (Uuid::from_u128(2), StateKind::Failed);
        RecentRun { id, name: HOSTILE.to_owned(), state, scheduled_start_time: Timestamp::UNIX_EPOCH }
    }
}
