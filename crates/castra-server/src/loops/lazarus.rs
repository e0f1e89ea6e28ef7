//! Lazarus: reschedules flow runs that are in progress by name only.

use castra_store::{Result, Store, lazarus};

/// Goes round once and answers how many runs it raised.
pub(super) async fn round(store: Store) -> Result<usize> {
    store.write(lazarus::raise_lost_runs).await.map(|raised| raised.len())
}
