//! Match: the claimable runs that an agent takes, oldest first over all matching routes. Costs one index probe per route
//! that has claimable runs, and one per run that is taken.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use jiff::Timestamp;
use uuid::Uuid;

use crate::database::{Transaction, time_text};
use crate::error::Result;
use crate::route::{Offer, Route};

/// A claimable run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct DueRun {
    /// From when it may be claimed.
    pub from: Timestamp,
    /// The run.
    pub id: Uuid,
    route_id: i64,
}

/// The claimable runs that an agent takes, merged over the routes.
pub(crate) struct DueRuns {
    /// The oldest run of each matching route that is not yet taken.
    heads: BinaryHeap<Reverse<DueRun>>,
}

impl DueRuns {
    /// Asks each matching route for its oldest run.
    pub(crate) fn matching(tx: &mut Transaction<'_>, offer: &Offer) -> Result<Self> {
        let mut heads = BinaryHeap::new();
        for (route_id, route) in waiting_routes(tx)? {
            if offer.covers(&route).is_err() {
                continue;
            }
            heads.extend(oldest(tx, route_id)?.map(Reverse));
        }
        Ok(Self { heads })
    }

    /// Takes the oldest run that may be claimed at `now`.
    pub(crate) fn next(&mut self, tx: &mut Transaction<'_>, now: Timestamp) -> Result<Option<DueRun>> {
        if self.next_from().is_none_or(|from| from > now) {
            return Ok(None);
        }
        let Some(Reverse(run)) = self.heads.pop() else { return Ok(None) };
        self.heads.extend(following(tx, run)?.map(Reverse));
        Ok(Some(run))
    }

    /// From when the oldest run that is left may be claimed.
    pub(crate) fn next_from(&self) -> Option<Timestamp> {
        self.heads.peek().map(|Reverse(run)| run.from)
    }
}

/// The routes that have claimable runs, found by skipping from one to the next in the index.
pub(crate) fn waiting_routes(tx: &mut Transaction<'_>) -> Result<Vec<(i64, Route)>> {
    tx.query(
        "with recursive waiting (id) as (
             select min(route_id) from flow_run where claimable_from is not null
             union all
             select (select min(route_id) from flow_run
                     where claimable_from is not null and route_id > waiting.id)
             from waiting where waiting.id is not null)
         select route.id, route.labels, route.run_config_type from waiting join route on route.id = waiting.id",
        &[],
        |row| Ok((row.get(0)?, Route::read(row, 1)?)),
    )
}

fn oldest(tx: &mut Transaction<'_>, route_id: i64) -> Result<Option<DueRun>> {
    tx.query_optional(
        "select claimable_from, id from flow_run where route_id = ?1 and claimable_from is not null
         order by claimable_from, id limit 1",
        &[route_id.into()],
        |row| Ok(DueRun { from: row.get(0)?, id: row.get(1)?, route_id }),
    )
}

fn following(tx: &mut Transaction<'_>, run: DueRun) -> Result<Option<DueRun>> {
    let route_id = run.route_id;
    tx.query_optional(
        "select claimable_from, id from flow_run
         where route_id = ?1 and claimable_from is not null and (claimable_from, id) > (?2, ?3)
         order by claimable_from, id limit 1",
        &[route_id.into(), time_text(run.from).into(), run.id.into()],
        |row| Ok(DueRun { from: row.get(0)?, id: row.get(1)?, route_id }),
    )
}
