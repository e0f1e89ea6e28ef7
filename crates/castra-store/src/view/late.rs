//! Runs that should have begun and have not, as after an outage.

use jiff::Timestamp;
use uuid::Uuid;

use crate::database::Transaction;
use crate::error::Result;

/// A late run.
#[derive(Clone, Debug, PartialEq)]
pub struct LateRun {
    /// The run.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// The group of its flow.
    pub flow_group_id: Uuid,
    /// Its flow's name.
    pub flow_name: String,
    /// When it was to start.
    pub due: Timestamp,
    /// Whether a schedule made it.
    pub auto_scheduled: bool,
}

/// The Scheduled runs that were due before an instant and that nobody has claimed, the longest late first. The limit counts
/// runs that retry or resume, too.
///
/// # Errors
/// [`StoreError`](crate::StoreError) of the database.
pub fn late_runs(tx: &mut Transaction<'_>, before: Timestamp, limit: usize) -> Result<Vec<LateRun>> {
    tx.query(
        "select r.id, r.name, f.flow_group_id, f.name, r.claimable_from, r.auto_scheduled
         from (select id from flow_run where claimable_from is not null and claimable_from < ?1
               order by claimable_from, id limit ?2) found
             join flow_run r on r.id = found.id join flow f on f.id = r.flow_id
         where r.state = 'Scheduled' order by r.claimable_from, r.id",
        &[before.into(), (limit as i64).into()],
        |row| {
            Ok(LateRun {
                id: row.get(0)?,
                name: row.get(1)?,
                flow_group_id: row.get(2)?,
                flow_name: row.get(3)?,
                due: row.get(4)?,
                auto_scheduled: row.get(5)?,
            })
        },
    )
}
