//! The queue as Prefect's own agents ask for it: the ids of runs to deploy. They then submit the runs themselves.

use castra_core::label::LabelSet;
use jiff::Timestamp;
use uuid::Uuid;

use crate::agent::heard_of;
use crate::database::Transaction;
use crate::due::DueRuns;
use crate::error::Result;
use crate::route::Offer;

/// How many runs one answer holds (Prefect 1's server).
const LIMIT: usize = 25;

/// What an agent asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunsInQueue {
    /// The agent, if it says which it is.
    pub agent_id: Option<Uuid>,
    /// The labels it covers.
    pub labels: LabelSet,
    /// Runs that start later are left out: Prefect's agent looks ten seconds ahead and sleeps until the start.
    pub before: Option<Timestamp>,
}

/// The oldest runs that the agent takes, by the same rule as a claim, and notes that it asked.
///
/// # Errors
/// [`StoreError`](crate::StoreError) of the database.
pub fn runs_in_queue(tx: &mut Transaction<'_>, request: &RunsInQueue) -> Result<Vec<Uuid>> {
    let agent_type = match request.agent_id {
        Some(id) => {
            heard_of(tx, id)?;
            tx.query_optional("select type from agent where id = ?1", &[id.into()], |row| row.get(0))?
        }
        None => None,
    };
    let offer = Offer { labels: request.labels.clone(), agent_type: agent_type.unwrap_or_default() };
    let before = request.before.unwrap_or(tx.now());
    let mut due = DueRuns::matching(tx, &offer)?;
    let mut ids = Vec::new();
    while ids.len() < LIMIT {
        let Some(run) = due.next(tx, before)? else { break };
        ids.push(run.id);
    }
    Ok(ids)
}
