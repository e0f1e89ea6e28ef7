//! A stand-in for the server: the part of the API that agents use, in memory, on a port of this machine. Tests offer it
//! runs, look at its ledger, and break it on purpose.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use castra_core::cause::{Cause, LaunchEnd};
use castra_core::claim::{Claim, ClaimReply, ClaimRequest};
use castra_core::launch::{LaunchPhase, LaunchReply, LaunchReport, LaunchStanding};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use uuid::Uuid;

/// One launch in the ledger.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) phase: LaunchPhase,
    pub(crate) handle: Option<Value>,
    pub(crate) end: Option<LaunchEnd>,
    /// How often its lease was renewed.
    pub(crate) renewals: usize,
    /// The server wants it stopped.
    stop: bool,
    /// The ledger gave it up.
    disowned: bool,
}

impl Entry {
    fn new(phase: LaunchPhase) -> Self {
        Self { phase, handle: None, end: None, renewals: 0, stop: false, disowned: false }
    }

    /// Why it ended, if it has.
    pub(crate) fn cause(&self) -> Option<&Cause> {
        self.end.as_ref().map(|end| &end.cause)
    }
}

/// What the server knows.
#[derive(Default)]
pub(crate) struct Known {
    pub(crate) agents: Vec<Uuid>,
    pub(crate) ledger: BTreeMap<Uuid, Entry>,
    /// How many requests met a server that was down, and how many of them told an end.
    pub(crate) refused: usize,
    refused_ends: usize,
    waiting: VecDeque<Claim>,
    is_down: bool,
    fails_claim: Option<Failure>,
}

impl Known {
    /// How many launches exist on the target.
    pub(crate) fn launched(&self) -> usize {
        self.ledger.values().filter(|entry| entry.handle.is_some()).count()
    }

    /// True once the agent has tried in vain to tell the end of a launch.
    pub(crate) fn has_refused_an_end(&self) -> bool {
        self.refused_ends > 0
    }

    fn refuse(&mut self, body: &Value) {
        let reports = body["variables"]["input"]["reports"].as_array();
        self.refused += 1;
        self.refused_ends +=
            usize::from(reports.is_some_and(|all| all.iter().any(|one| !one["end"].is_null())));
    }
}

/// How an answer to a claim that was granted does not reach the agent.
#[derive(Clone, Copy)]
pub(crate) enum Failure {
    /// The request fails.
    Lost,
    /// The request is never answered.
    Silent,
}

/// The stand-in. Clones are the same server.
#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) url: String,
    known: Arc<watch::Sender<Known>>,
}

impl Server {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = Self { url, known: Arc::new(watch::Sender::new(Known::default())) };
        let router = Router::new().route("/graphql", post(answer)).with_state(server.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        server
    }

    /// Makes a run claimable and answers with the launch it will be.
    pub(crate) fn offer(&self, claim: Claim) -> Uuid {
        let launch_id = claim.launch_id;
        self.known.send_modify(|known| known.waiting.push_back(claim));
        launch_id
    }

    /// Puts a launch into the ledger as if it had come that far.
    pub(crate) fn remember(&self, launch_id: Uuid, phase: LaunchPhase) {
        self.known.send_modify(|known| {
            known.ledger.insert(launch_id, Entry::new(phase));
        });
    }

    /// Wants a launch stopped.
    pub(crate) fn stop(&self, launch_id: Uuid) {
        self.known.send_modify(|known| known.ledger.get_mut(&launch_id).unwrap().stop = true);
    }

    /// Gives a launch up: it is not this agent's any more.
    pub(crate) fn disown(&self, launch_id: Uuid) {
        self.known.send_modify(|known| known.ledger.get_mut(&launch_id).unwrap().disowned = true);
    }

    /// Answers every request with 503, or not any more.
    pub(crate) fn set_down(&self, is_down: bool) {
        self.known.send_modify(|known| known.is_down = is_down);
    }

    /// Grants the next claim and fails to say so.
    pub(crate) fn fail_next_claim(&self, failure: Failure) {
        self.known.send_modify(|known| known.fails_claim = Some(failure));
    }

    /// Waits until what the server knows is so.
    pub(crate) async fn until(&self, mut is_so: impl FnMut(&Known) -> bool) {
        self.known.subscribe().wait_for(|known| is_so(known)).await.unwrap();
    }

    /// Waits until a launch has ended and answers with its entry.
    pub(crate) async fn ended(&self, launch_id: Uuid) -> Entry {
        self.until(|known| known.ledger.get(&launch_id).is_some_and(|entry| entry.end.is_some())).await;
        self.look(|known| known.ledger[&launch_id].clone())
    }

    pub(crate) fn look<T>(&self, look: impl FnOnce(&Known) -> T) -> T {
        look(&self.known.borrow())
    }

    fn register(&self, input: &Value) -> Value {
        let id = input["id"].as_str().map_or_else(Uuid::new_v4, |id| id.parse().unwrap());
        self.known.send_modify(|known| known.agents.push(id));
        json!({ "register_agent": { "id": id } })
    }

    async fn claim(&self, input: Value) -> Result<Value, StatusCode> {
        let request: ClaimRequest = serde_json::from_value(input).unwrap();
        let wait = Duration::from_secs(request.wait_seconds.into());
        let has_news = |known: &Known| {
            !known.waiting.is_empty() || known.ledger.values().any(|entry| entry.stop && entry.end.is_none())
        };
        let _ = tokio::time::timeout(wait, self.until(has_news)).await;
        let (mut reply, mut failure) = (ClaimReply::default(), None);
        self.known.send_modify(|known| {
            let granted = known.waiting.len().min(request.limit as usize);
            reply.claims = known.waiting.drain(..granted).collect();
            for claim in &reply.claims {
                known.ledger.insert(claim.launch_id, Entry::new(LaunchPhase::Claimed));
            }
            let stops = known.ledger.iter().filter(|(_, entry)| entry.stop && entry.end.is_none());
            reply.stops = stops.map(|(&launch_id, _)| launch_id).collect();
            failure = known.fails_claim.take_if(|_| granted > 0);
        });
        match failure {
            Some(Failure::Lost) => Err(StatusCode::BAD_GATEWAY),
            Some(Failure::Silent) => std::future::pending().await,
            None => Ok(json!({ "claim_flow_runs": reply })),
        }
    }

    fn report(&self, input: &Value) -> Value {
        let reports: Vec<LaunchReport> = serde_json::from_value(input["reports"].clone()).unwrap();
        let mut launches = Vec::new();
        self.known.send_modify(|known| {
            launches = reports.into_iter().map(|report| take(&mut known.ledger, report)).collect();
        });
        json!({ "report_launches": { "launches": launches } })
    }

    fn open_launches(&self) -> Value {
        self.look(|known| {
            let open = known.ledger.iter().filter(|(_, entry)| entry.end.is_none() && !entry.disowned);
            let open = open.map(|(id, entry)| json!({ "id": id, "phase": entry.phase }));
            json!({ "launch": open.collect::<Vec<_>>() })
        })
    }
}

fn take(ledger: &mut BTreeMap<Uuid, Entry>, report: LaunchReport) -> LaunchReply {
    let reply = |standing| LaunchReply {
        launch_id: report.launch_id,
        standing,
        lease_expires_at: (standing == LaunchStanding::Held).then(Timestamp::now),
    };
    let Some(entry) = ledger.get_mut(&report.launch_id) else { return reply(LaunchStanding::Unknown) };
    if entry.disowned || entry.end.is_some() {
        return reply(LaunchStanding::Closed);
    }
    match report.phase {
        Some(phase) => entry.phase = entry.phase.max(phase),
        None => entry.renewals += 1,
    }
    entry.handle = report.handle.clone().or(entry.handle.take());
    entry.end = report.end.clone();
    match (entry.end.is_some(), entry.stop) {
        (true, _) => reply(LaunchStanding::Closed),
        (false, true) => reply(LaunchStanding::Stop),
        (false, false) => reply(LaunchStanding::Held),
    }
}

async fn answer(State(server): State<Server>, Json(body): Json<Value>) -> Result<Json<Value>, StatusCode> {
    if server.look(|known| known.is_down) {
        server.known.send_modify(|known| known.refuse(&body));
        return Err(StatusCode::SERVICE_UNAVAILABLE);
    }
    let document = body["query"].as_str().unwrap();
    let input = body["variables"]["input"].clone();
    let data = match document {
        document if document.contains("register_agent(") => server.register(&input),
        document if document.contains("claim_flow_runs(") => server.claim(input).await?,
        document if document.contains("report_launches(") => server.report(&input),
        document if document.contains("launch(where") => server.open_launches(),
        document if document.contains("tenant") => json!({ "tenant": [{ "id": Uuid::from_u128(1) }] }),
        document => panic!("agents do not ask {document}"),
    };
    Ok(Json(json!({ "data": data })))
}
