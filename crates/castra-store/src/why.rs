//! Why a flow run waits: what it waits for, and for every agent whether it takes the run and why not.

use castra_core::label::LabelSet;
use castra_core::matching::Mismatch;
use castra_core::run_config::{AgentKind, RunConfigKind};
use castra_core::state::StateKind;
use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

use crate::database::Transaction;
use crate::error::{Result, StoreError};
use crate::route::{Offer, Route};

/// An agent that has not asked for work for longer than this is taken to be away: they ask at least every 30 s.
pub const STALE_AGENT_SECONDS: i64 = 90;

/// How many paused tasks are named.
const MAX_NAMED: i64 = 10;

/// The answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Why {
    /// What the run waits for, in a sentence; `None` if it does not wait.
    pub waiting_for: Option<String>,
    /// Whether agents may claim it, now or later: not while a launch of it lives, or until somebody resumes it.
    pub is_claimable: bool,
    /// Every agent, those that take the run first.
    pub agents: Vec<AgentVerdict>,
}

/// Whether an agent takes the run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AgentVerdict {
    /// The agent.
    pub id: Uuid,
    /// Its name.
    pub name: Option<String>,
    /// Its type, e.g. `LocalAgent`.
    #[serde(rename = "type")]
    pub agent_type: String,
    /// Its labels.
    pub labels: LabelSet,
    /// True if it takes the run.
    pub takes: bool,
    /// Why not, in words.
    pub reason: Option<String>,
    /// Why not, for programs.
    pub mismatch: Option<Mismatch>,
}

struct Run {
    state: StateKind,
    start_time: Option<Timestamp>,
    claimable_from: Option<Timestamp>,
    live_launch: Option<LiveLaunch>,
    /// The paused task runs, by the names of their tasks.
    paused: Vec<String>,
    route: Route,
}

/// A launch that has not ended.
struct LiveLaunch {
    /// The name of its agent, else its id.
    agent: String,
    /// What holds it up, in words.
    detail: Option<String>,
}

/// Tells why a flow run waits.
///
/// # Errors
/// [`StoreError::NotFound`].
pub fn why(tx: &mut Transaction<'_>, flow_run_id: Uuid) -> Result<Why> {
    let run = read(tx, flow_run_id)?;
    let mut agents = verdicts(tx, &run.route)?;
    agents.sort_by_key(|agent| !agent.takes);
    let waiting_for = waiting_for(&run, &agents, tx.now());
    Ok(Why { waiting_for, is_claimable: run.claimable_from.is_some(), agents })
}

fn read(tx: &mut Transaction<'_>, id: Uuid) -> Result<Run> {
    let paused = paused(tx, id)?;
    tx.query_optional(
        "select r.state, r.state_start_time, r.claimable_from,
             route.labels, route.run_config_type, launch.id, coalesce(agent.name, launch.agent_id), launch.detail
         from flow_run r join route on route.id = r.route_id
             left join launch on launch.flow_run_id = r.id and launch.ended_at is null
             left join agent on agent.id = launch.agent_id
         where r.id = ?1",
        &[id.into()],
        |row| {
            Ok(Run {
                state: row.get(0)?,
                start_time: row.get(1)?,
                claimable_from: row.get(2)?,
                paused: paused.clone(),
                route: Route::read(row, 3)?,
                live_launch: match row.get::<Option<Uuid>>(5)? {
                    Some(_) => Some(LiveLaunch { agent: row.get(6)?, detail: row.get(7)? }),
                    None => None,
                },
            })
        },
    )?
    .ok_or_else(|| StoreError::not_found("flow_run", id))
}

/// The tasks of a run's paused task runs: each once, so many that a sentence holds them.
fn paused(tx: &mut Transaction<'_>, flow_run_id: Uuid) -> Result<Vec<String>> {
    tx.query(
        "select distinct coalesce(task.name, task.slug) from task_run join task on task.id = task_run.task_id
         where task_run.flow_run_id = ?1 and task_run.state = 'Paused' order by 1 limit ?2",
        &[flow_run_id.into(), MAX_NAMED.into()],
        |row| row.get(0),
    )
}

/// Every agent, and whether it takes runs of this route.
///
/// # Errors
/// [`StoreError`].
pub fn verdicts(tx: &mut Transaction<'_>, route: &Route) -> Result<Vec<AgentVerdict>> {
    let now = tx.now();
    tx.query(
        "select id, name, type, labels, coalesce(last_queried, created) from agent order by created, id",
        &[],
        |row| {
            let offer = Offer { agent_type: row.get(2)?, labels: row.get(3)? };
            let last_queried: Timestamp = row.get(4)?;
            let seconds = now.duration_since(last_queried).as_secs();
            let mismatch = match offer.covers(route) {
                Err(mismatch) => Some(mismatch),
                Ok(()) if seconds > STALE_AGENT_SECONDS => Some(Mismatch::Stale { seconds }),
                Ok(()) => None,
            };
            Ok(AgentVerdict {
                id: row.get(0)?,
                name: row.get(1)?,
                agent_type: offer.agent_type,
                labels: offer.labels,
                takes: mismatch.is_none(),
                reason: mismatch.as_ref().map(Mismatch::to_string),
                mismatch,
            })
        },
    )
}

impl LiveLaunch {
    fn words(&self) -> Option<String> {
        let detail = self.detail.as_ref()?;
        Some(format!("agent {} has submitted it: {detail}", self.agent))
    }
}

fn waiting_for(run: &Run, agents: &[AgentVerdict], now: Timestamp) -> Option<String> {
    if run.state.is_finished() {
        return None;
    }
    if let Some(launch) = &run.live_launch {
        return match run.state {
            StateKind::Submitted => launch.words(),
            state if state.is_pending() => {
                Some("the end of its earlier launch, which is being stopped".to_owned())
            }
            _ => None,
        };
    }
    if run.state == StateKind::Paused {
        return Some("somebody to resume it: it is paused".to_owned());
    }
    let Some(from) = run.claimable_from else {
        return (!run.paused.is_empty()).then(|| format!("somebody to resume {}", paused_words(run)));
    };
    if from > now && !run.paused.is_empty() {
        return Some(format!(
            "somebody to resume {}, or {from}, when it goes on by itself",
            paused_words(run)
        ));
    }
    if from > now {
        return Some(format!("its start at {}", run.start_time.unwrap_or(from)));
    }
    Some(waiting_for_agent(&run.route, agents))
}

/// Which tasks are paused.
fn paused_words(run: &Run) -> String {
    let names: Vec<_> = run.paused.iter().map(|name| format!("`{name}`")).collect();
    let tasks = if names.len() == 1 { "its task" } else { "its tasks" };
    format!("{tasks} {}", names.join(", "))
}

fn waiting_for_agent(route: &Route, agents: &[AgentVerdict]) -> String {
    if agents.is_empty() {
        let agent = AgentKind::made_for(RunConfigKind::from_name(&route.run_config_type));
        return format!("an agent: none is registered; start one, e.g. with `castra agent {agent} start`");
    }
    if agents.iter().any(|agent| agent.takes) {
        return "an agent that takes it to ask for work".to_owned();
    }
    if agents.iter().any(|agent| matches!(agent.mismatch, Some(Mismatch::Stale { .. }))) {
        return "the agents that take it to come back: none of them has asked for work lately".to_owned();
    }
    let run_config = match route.run_config_type.as_str() {
        "" => String::new(),
        name => format!(" that launches a {name}"),
    };
    format!("an agent with {}{run_config}: none of the {} registered takes it", route.labels, agents.len())
}
