//! The agents: how each is, what it holds, which of the waiting runs it does not take and why; and the runs that nobody
//! takes, with the command that starts an agent for them.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use castra_core::run_config::RunConfigKind;
use castra_store::route::Offer;
use castra_store::view::agents::{AgentView, WaitingRoute, agents, routes_waiting};
use castra_store::why::STALE_AGENT_SECONDS;
use castra_store::{Change, agent};
use jiff::Timestamp;
use uuid::Uuid;

use super::Web;
use super::components::{At, Command, Labels, agent_command};
use super::fields::InAddress;
use super::frame::{Frame, Section};
use super::live::{self, Changed};
use super::page_error::PageError;
use super::respond::{self, Answer};
use super::words;

/// Routes that are told per agent.
const ROUTES: usize = 5;

/// The page.
#[derive(Template)]
#[template(path = "agents.html")]
pub(super) struct AgentsPage {
    frame: Frame,
    rows: Vec<AgentRow>,
    untaken: Vec<Untaken>,
    /// The labels for which somebody wants the command that starts an agent.
    wanted_labels: String,
    wanted: Option<Command>,
}

/// An agent.
struct AgentRow {
    id: Uuid,
    name: String,
    agent_type: String,
    labels: Labels,
    version: String,
    heard_of: At,
    /// How long ago that was, if it is too long.
    silent_for: Option<String>,
    in_flight: i64,
    not_taken: Vec<String>,
    /// Waiting routes that are not told.
    left_out: usize,
}

/// Runs that wait and that no agent takes.
pub(super) struct Untaken {
    pub(super) labels: Labels,
    pub(super) run_config: String,
    pub(super) runs: i64,
    pub(super) since: At,
    pub(super) command: Command,
}

/// `GET /agents`. With `labels`, the command that starts an agent with these.
pub(super) async fn show(State(web): State<Web>, InAddress(fields): InAddress) -> Answer {
    let (agents, routes, now) = web.store.read(|tx| Ok((agents(tx)?, routes_waiting(tx)?, tx.now()))).await?;
    let wanted = fields.text("labels").map(str::to_owned);
    respond::page(&AgentsPage::new(agents, &routes, wanted, now))
}

/// `GET /agents/events`.
pub(super) async fn events(State(web): State<Web>) -> Response {
    let concerns = |change: &Change| !matches!(change, Change::Logged { .. } | Change::StopLaunch { .. });
    live::events(&web, Changed::on(concerns))
}

/// `POST /agents/{id}/forget`.
pub(super) async fn forget(State(web): State<Web>, Path(id): Path<String>) -> Answer {
    let id = Uuid::parse_str(&id).map_err(|_| PageError::bad(format!("“{id}” is no id of an agent.")))?;
    web.store.write(move |tx| agent::delete_agent(tx, id)).await?;
    respond::see("/agents")
}

impl AgentsPage {
    fn new(agents: Vec<AgentView>, routes: &[WaitingRoute], wanted: Option<String>, now: Timestamp) -> Self {
        let untaken = untaken(&agents, routes, now);
        let labels = wanted.unwrap_or_default();
        Self {
            frame: Frame::new("Agents", Section::Agents),
            rows: agents.into_iter().map(|agent| AgentRow::new(agent, routes, now)).collect(),
            untaken,
            wanted: (!labels.is_empty()).then(|| agent_command(None, &super::fields::labels(&labels))),
            wanted_labels: labels,
        }
    }
}

/// Seconds since an agent was heard of, if they are too many.
pub(super) fn silence(agent: &AgentView, now: Timestamp) -> Option<String> {
    let is_silent = now.duration_since(agent.heard_of).as_secs() > STALE_AGENT_SECONDS;
    is_silent.then(|| words::between(agent.heard_of, now))
}

fn offer(agent: &AgentView) -> Offer {
    Offer { labels: agent.labels.clone(), agent_type: agent.agent_type.clone() }
}

/// The waiting routes that no agent takes that is heard of.
pub(super) fn untaken(agents: &[AgentView], routes: &[WaitingRoute], now: Timestamp) -> Vec<Untaken> {
    let offers: Vec<_> = agents.iter().filter(|agent| silence(agent, now).is_none()).map(offer).collect();
    let nobody = |waiting: &&WaitingRoute| !offers.iter().any(|offer| offer.covers(&waiting.route).is_ok());
    routes.iter().filter(nobody).map(Untaken::new).collect()
}

impl Untaken {
    fn new(waiting: &WaitingRoute) -> Self {
        let kind = RunConfigKind::from_name(&waiting.route.run_config_type);
        Self {
            labels: Labels::new(waiting.route.labels.clone()),
            run_config: waiting.route.run_config_type.clone(),
            runs: waiting.runs,
            since: At::new(waiting.since),
            command: agent_command(kind, &waiting.route.labels),
        }
    }
}

impl AgentRow {
    fn new(agent: AgentView, routes: &[WaitingRoute], now: Timestamp) -> Self {
        let offer = offer(&agent);
        let refused = routes.iter().filter_map(|waiting| {
            let mismatch = offer.covers(&waiting.route).err()?;
            Some(format!("{} waiting with {}: {mismatch}", runs(waiting.runs), waiting.route.labels))
        });
        let refused: Vec<_> = refused.collect();
        Self {
            silent_for: silence(&agent, now),
            name: agent.name.unwrap_or_else(|| agent.id.to_string()),
            id: agent.id,
            agent_type: agent.agent_type,
            labels: Labels::new(agent.labels),
            version: agent.version.unwrap_or_default(),
            heard_of: At::new(agent.heard_of),
            in_flight: agent.in_flight,
            left_out: refused.len().saturating_sub(ROUTES),
            not_taken: refused.into_iter().take(ROUTES).collect(),
        }
    }
}

fn runs(count: i64) -> String {
    match count {
        1 => "1 run".to_owned(),
        count => format!("{count} runs"),
    }
}

#[cfg(test)]
pub(super) mod samples {
    use castra_store::route::Route;

    use super::*;
    use crate::web::runs::samples::an_agent;
    use crate::web::tests::{HOSTILE, Sample, sample};

    /// With and without what it could show.
    pub(in crate::web) fn samples() -> Vec<Sample> {
        let full = AgentsPage::new(vec![an_agent()], &[a_route()], Some(HOSTILE.to_owned()), Timestamp::MAX);
        let nobody = AgentsPage::new(Vec::new(), &[a_route()], None, Timestamp::UNIX_EPOCH);
        vec![sample("agents", &full), sample("agents: none", &nobody)]
    }

    /// A route on which a run waits.
    pub(in crate::web) fn a_route() -> WaitingRoute {
        let labels = [HOSTILE].into_iter().collect();
        let route = Route { labels, run_config_type: HOSTILE.to_owned() };
        WaitingRoute { route, runs: 1, since: Timestamp::UNIX_EPOCH }
    }
}
