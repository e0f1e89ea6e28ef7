//! JSON values kept under keys, for flows to share (prefect 1.4.1 `prefect.backend.kv_store`).

use serde_json::Value;
use uuid::Uuid;

use crate::tenant::default_tenant;
use crate::{Result, StoreError, Transaction};

/// Keeps a value under a key, in the place of the one that is there.
///
/// # Errors
/// Of the database.
pub fn set_key_value(tx: &mut Transaction<'_>, key: &str, value: &Value) -> Result<Uuid> {
    let tenant_id = default_tenant(tx)?;
    let id = tx.new_id();
    tx.query_one(
        "insert into key_value (id, created, updated, tenant_id, key, value) values (?1, ?2, ?2, ?3, ?4, ?5)
         on conflict (tenant_id, key) do update set value = excluded.value, updated = excluded.updated
         returning id",
        &[id.into(), tx.now().into(), tenant_id.into(), key.into(), value.into()],
        |row| row.get(0),
    )
}

/// Forgets a key and its value.
///
/// # Errors
/// [`StoreError::NotFound`].
pub fn delete_key_value(tx: &mut Transaction<'_>, id: Uuid) -> Result<()> {
    match tx.execute("delete from key_value where id = ?1", &[id.into()])? {
        0 => Err(StoreError::not_found_hint("key_value", id, "ask for its id by its key first")),
        _ => Ok(()),
    }
}
