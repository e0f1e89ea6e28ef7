//! Zombies: ends task runs that are Running by name only.

use castra_store::{Result, Store, zombies};

/// Goes round once and answers how many task runs it ended.
pub(super) async fn round(store: Store) -> Result<usize> {
    store.write(zombies::end_zombies).await
}
