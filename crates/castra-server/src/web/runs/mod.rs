//! The list of runs: filtered by what stands in the address, a page at a time, with what may be done to several at once.

mod bulk;
mod filter;
#[cfg(test)]
pub(super) mod samples;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use castra_store::Change;
use castra_store::view::agents::{AgentView, agents};
use castra_store::view::runs::{RunListed, runs};
use jiff::Timestamp;

pub(super) use self::bulk::act;
use self::filter::Chosen;
pub(super) use self::filter::{State as StateChoice, encode};
use super::Web;
use super::components::{At, Labels, StateBadge};
use super::fields::InAddress;
use super::frame::{Frame, Section};
use super::live::{self, Changed};
use super::respond::{self, Answer};
use super::words;

/// Runs that are shown at a time.
const RUNS: usize = 50;

/// The page.
#[derive(Template)]
#[template(path = "runs.html")]
pub(super) struct RunsPage {
    frame: Frame,
    chosen: Chosen,
    rows: Vec<RunRow>,
    agents: Vec<AgentView>,
    next: Option<String>,
    is_first: bool,
}

/// A run in a list.
#[derive(Clone, Debug, Template)]
#[template(path = "runs/row.html")]
pub(in crate::web) struct RunRow {
    run: RunListed,
    now: Timestamp,
    can_be_chosen: bool,
}

impl askama::filters::HtmlSafe for RunRow {}

impl RunRow {
    /// A row without a box to choose it.
    pub(in crate::web) fn new(run: RunListed, now: Timestamp) -> Self {
        Self { run, now, can_be_chosen: false }
    }

    fn state(&self) -> StateBadge {
        StateBadge::new(self.run.state)
    }

    fn due(&self) -> At {
        At::new(self.run.scheduled_start_time)
    }

    fn labels(&self) -> Labels {
        Labels::new(self.run.labels.clone())
    }

    fn took(&self) -> Option<String> {
        let start = self.run.start_time?;
        Some(words::between(start, self.run.end_time.unwrap_or(self.now)))
    }

    /// What the state says, where it says more than its name.
    fn message(&self) -> Option<&str> {
        let message = self.run.state_message.as_deref()?;
        (self.run.state.is_failed()).then_some(message)
    }
}

/// `GET /runs`.
pub(super) async fn show(State(web): State<Web>, InAddress(fields): InAddress) -> Answer {
    let chosen = Chosen::read(&fields)?;
    let asked = chosen.clone();
    let (rows, agents, now) = web
        .store
        .read(move |tx| {
            let now = tx.now();
            let rows = runs(tx, &asked.filter(now), asked.order(), asked.after, RUNS + 1)?;
            Ok((rows, agents(tx)?, now))
        })
        .await?;
    respond::page(&RunsPage::new(chosen, rows, agents, now))
}

/// `GET /runs/events`.
pub(super) async fn events(State(web): State<Web>) -> Response {
    live::events(&web, Changed::on(|change| matches!(change, Change::FlowRun { .. } | Change::Agents)))
}

impl RunsPage {
    fn new(chosen: Chosen, mut found: Vec<RunListed>, agents: Vec<AgentView>, now: Timestamp) -> Self {
        let has_more = found.len() > RUNS;
        found.truncate(RUNS);
        let last = found.last().filter(|_| has_more).map(RunListed::place);
        let row = |run: RunListed| RunRow { run, now, can_be_chosen: true };
        Self {
            frame: Frame::new("Runs", Section::Runs),
            next: last.map(|place| chosen.address_after(place)),
            is_first: chosen.after.is_none(),
            rows: found.into_iter().map(row).collect(),
            agents,
            chosen,
        }
    }
}
