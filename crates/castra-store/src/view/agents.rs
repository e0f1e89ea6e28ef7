//! Agents as their page shows them, and the routes on which runs wait.

use castra_core::label::LabelSet;
use jiff::Timestamp;
use uuid::Uuid;

use crate::database::Transaction;
use crate::due::waiting_routes;
use crate::error::Result;
use crate::route::Route;

/// Runs that are counted per route: whether there are more does not matter.
const MAX_COUNTED: i64 = 1_000;

/// An agent.
#[derive(Clone, Debug, PartialEq)]
pub struct AgentView {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: Option<String>,
    /// Its type, e.g. `LocalAgent`.
    pub agent_type: String,
    /// The labels that it covers.
    pub labels: LabelSet,
    /// The version of the library that it runs.
    pub version: Option<String>,
    /// When it came.
    pub created: Timestamp,
    /// When it last asked for work, or else came.
    pub heard_of: Timestamp,
    /// The launches that it holds.
    pub in_flight: i64,
}

/// Every agent, the one heard of last first.
///
/// # Errors
/// [`StoreError`](crate::StoreError) of the database.
pub fn agents(tx: &mut Transaction<'_>) -> Result<Vec<AgentView>> {
    tx.query(
        "select id, name, type, labels, core_version, created, coalesce(last_queried, created),
             (select count(*) from launch where launch.agent_id = agent.id and launch.ended_at is null)
         from agent order by coalesce(last_queried, created) desc, id",
        &[],
        |row| {
            Ok(AgentView {
                id: row.get(0)?,
                name: row.get(1)?,
                agent_type: row.get(2)?,
                labels: row.get(3)?,
                version: row.get(4)?,
                created: row.get(5)?,
                heard_of: row.get(6)?,
                in_flight: row.get(7)?,
            })
        },
    )
}

/// A route on which runs wait that are due.
#[derive(Clone, Debug, PartialEq)]
pub struct WaitingRoute {
    /// Labels and run-config type.
    pub route: Route,
    /// How many runs wait, up to a thousand.
    pub runs: i64,
    /// Since when the first of them waits.
    pub since: Timestamp,
}

/// The routes on which runs wait that are due now.
///
/// # Errors
/// [`StoreError`](crate::StoreError) of the database.
pub fn routes_waiting(tx: &mut Transaction<'_>) -> Result<Vec<WaitingRoute>> {
    let now = tx.now();
    let mut waiting = Vec::new();
    for (id, route) in waiting_routes(tx)? {
        let (runs, since): (i64, Option<Timestamp>) = tx.query_one(
            "select count(*), min(claimable_from) from (
                 select claimable_from from flow_run
                 where route_id = ?1 and claimable_from is not null and claimable_from <= ?2
                 order by claimable_from limit ?3) as due",
            &[id.into(), now.into(), MAX_COUNTED.into()],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        waiting.extend(since.map(|since| WaitingRoute { route, runs, since }));
    }
    Ok(waiting)
}
