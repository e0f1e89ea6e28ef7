//! Expired claims: closes launches whose agent has been silent for longer than its lease.

use castra_store::{Result, Store, expired};

/// Goes round once and answers how many launches it closed.
pub(super) async fn round(store: Store) -> Result<usize> {
    store.write(expired::end_expired_launches).await.map(|ended| ended.len())
}
