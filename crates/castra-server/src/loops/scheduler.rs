//! Scheduler: makes the next runs of every flow whose schedule is active, each flow in a transaction of its own, so that one
//! that cannot be scheduled does not hold up the others.

use castra_store::{Result, Store, schedule};

/// Goes round once and answers how many runs it made.
pub(super) async fn round(store: Store) -> Result<usize> {
    let mut made = 0;
    for flow_id in store.read(schedule::flows_to_schedule).await? {
        match store.write(move |tx| schedule::schedule_flow_runs(tx, flow_id)).await {
            Ok(runs) => made += runs,
            Err(error) => tracing::warn!(%flow_id, %error, "the next runs of a flow cannot be scheduled"),
        }
    }
    Ok(made)
}
