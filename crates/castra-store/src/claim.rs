//! Claim: match, lease, set Submitted, open the launch, issue the credential and answer with all that rendering needs, in
//! one transaction.

use castra_core::claim::{Claim, ClaimReply, ClaimRequest, ClaimedFlow, ClaimedFlowRun};
use castra_core::state::{State, StateKind};
use jiff::Timestamp;
use serde_json::Value as Json;
use uuid::Uuid;

use crate::credential::Credential;
use crate::database::Transaction;
use crate::due::DueRuns;
use crate::error::{Result, StoreError};
use crate::flow_run_state::{FlowRunNow, enter};
use crate::ledger::{self, NewLaunch};
use crate::route::Offer;
use crate::time::{FRESH_HEARTBEAT_SECONDS, seconds_after};

/// How many runs one request may claim.
const MAX_LIMIT: u32 = 1_000;
/// How long a lease may be.
const MAX_LEASE_SECONDS: u32 = 3_600;
/// After how long an agent is told again to stop a launch whose end it has not reported.
const TELL_AGAIN_SECONDS: i64 = 10;

/// What a request for runs found.
#[derive(Clone, Debug, PartialEq)]
pub struct Claimed {
    /// The answer to the agent.
    pub reply: ClaimReply,
    /// From when the next run that the agent takes may be claimed, if one waits: when to ask again.
    pub next_from: Option<Timestamp>,
    /// What the agent offers: which runs that become claimable are worth asking again.
    pub offer: Offer,
}

struct Agent {
    id: Uuid,
    offer: Offer,
    lease_seconds: u32,
}

/// Claims the oldest runs that the agent takes, and tells it what to stop.
///
/// # Errors
/// [`StoreError::NotFound`] if the agent is not registered, [`StoreError::Invalid`] for a limit or lease out of range.
pub fn claim_flow_runs(tx: &mut Transaction<'_>, request: &ClaimRequest) -> Result<Claimed> {
    check(request)?;
    let agent = heard_of(tx, request)?;
    let now = tx.now();
    let mut due = DueRuns::matching(tx, &agent.offer)?;
    let mut claims = Vec::new();
    while claims.len() < request.limit as usize {
        let Some(run) = due.next(tx, now)? else { break };
        claims.extend(claim(tx, &agent, run.id)?);
    }
    let stops = stops(tx, agent.id)?;
    Ok(Claimed { reply: ClaimReply { claims, stops }, next_from: due.next_from(), offer: agent.offer })
}

fn check(request: &ClaimRequest) -> Result<()> {
    if !(1..=MAX_LIMIT).contains(&request.limit) {
        return Err(StoreError::invalid(format!(
            "limit is {}: ask for 1 to {MAX_LIMIT} runs",
            request.limit
        )));
    }
    if !(1..=MAX_LEASE_SECONDS).contains(&request.lease_seconds) {
        return Err(StoreError::invalid(format!(
            "lease_seconds is {}: use 1 to {MAX_LEASE_SECONDS}",
            request.lease_seconds
        )));
    }
    Ok(())
}

fn heard_of(tx: &mut Transaction<'_>, request: &ClaimRequest) -> Result<Agent> {
    let agent_type = tx
        .query_optional(
            "update agent set last_queried = ?2, labels = ?3 where id = ?1 returning type",
            &[request.agent_id.into(), tx.now().into(), (&request.labels).into()],
            |row| row.get(0),
        )?
        .ok_or_else(|| StoreError::not_found_hint("agent", request.agent_id, "register it first"))?;
    let offer = Offer { labels: request.labels.clone(), agent_type };
    Ok(Agent { id: request.agent_id, offer, lease_seconds: request.lease_seconds })
}

struct Candidate {
    flow_run: ClaimedFlowRun,
    state: StateKind,
    serialized_state: Json,
    heartbeat: Option<Timestamp>,
    was_launched: bool,
}

fn claim(tx: &mut Transaction<'_>, agent: &Agent, flow_run_id: Uuid) -> Result<Option<Claim>> {
    let mut candidate = read(tx, flow_run_id)?;
    if may_have_a_process(&candidate, tx.now()) {
        return Ok(None);
    }
    let launch_id = tx.new_id();
    let credential = Credential::issue(launch_id);
    let lease_expires_at = seconds_after(tx.now(), agent.lease_seconds.into());
    ledger::open(
        tx,
        NewLaunch {
            id: launch_id,
            flow_run_id,
            agent_id: agent.id,
            agent_type: agent.offer.agent_type.clone(),
            credential_sha256: credential.sha256(),
            lease_seconds: agent.lease_seconds,
            lease_expires_at,
        },
    )?;
    tx.execute(
        "update flow_run set agent_id = ?2, claimable_from = null where id = ?1",
        &[flow_run_id.into(), agent.id.into()],
    )?;
    candidate.flow_run.version = submit(tx, &candidate)?;
    let credential = credential.reveal();
    Ok(Some(Claim { launch_id, credential, lease_expires_at, flow_run: candidate.flow_run }))
}

/// A run that is Running without a launch in the ledger was launched by an agent of Prefect's, and its process may be
/// sleeping through a short retry: it is left alone while its heart beats.
fn may_have_a_process(run: &Candidate, now: Timestamp) -> bool {
    let beats = run.heartbeat.is_some_and(|at| at > seconds_after(now, -FRESH_HEARTBEAT_SECONDS));
    run.state == StateKind::Running && !run.was_launched && beats
}

/// A waiting run becomes Submitted; one whose task runs wait stays Running, as with Prefect's agent.
fn submit(tx: &mut Transaction<'_>, candidate: &Candidate) -> Result<i64> {
    let run =
        FlowRunNow { id: candidate.flow_run.id, state: candidate.state, version: candidate.flow_run.version };
    if run.state == StateKind::Running {
        return Ok(run.version);
    }
    let submitted = State::new(StateKind::Submitted, "Claimed by an agent.")
        .with("state", candidate.serialized_state.clone());
    enter(tx, run, &submitted, None).map(|run| run.version)
}

fn read(tx: &mut Transaction<'_>, id: Uuid) -> Result<Candidate> {
    tx.query_one(
        "select r.name, r.version, r.parameters, r.run_config, r.state, r.serialized_state, r.heartbeat,
             f.id, f.name, f.version, f.storage, f.core_version, f.environment,
             exists (select 1 from launch where flow_run_id = r.id)
         from flow_run r join flow f on f.id = r.flow_id where r.id = ?1",
        &[id.into()],
        |row| {
            let flow = ClaimedFlow {
                id: row.get(7)?,
                name: row.get(8)?,
                version: row.get(9)?,
                storage: row.get(10)?,
                core_version: row.get(11)?,
                environment: row.get(12)?,
            };
            let flow_run = ClaimedFlowRun {
                id,
                name: row.get(0)?,
                version: row.get(1)?,
                parameters: row.get(2)?,
                run_config: row.get(3)?,
                flow,
            };
            Ok(Candidate {
                flow_run,
                state: row.get(4)?,
                serialized_state: row.get(5)?,
                heartbeat: row.get(6)?,
                was_launched: row.get(13)?,
            })
        },
    )
}

/// The agent's launches whose runs are over or being cancelled, told again until their end is reported.
fn stops(tx: &mut Transaction<'_>, agent_id: Uuid) -> Result<Vec<Uuid>> {
    let now = tx.now();
    tx.query(
        "update launch set stop_told_at = ?2
         where agent_id = ?1 and ended_at is null and stop_at is not null and stop_at <= ?2
             and (stop_told_at is null or stop_told_at <= ?3)
         returning id",
        &[agent_id.into(), now.into(), seconds_after(now, -TELL_AGAIN_SECONDS).into()],
        |row| row.get(0),
    )
}
