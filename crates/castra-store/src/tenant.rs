//! Tenants: under one stands everything else. Castra keeps Prefect's table and makes one tenant at first start.

use uuid::Uuid;

use crate::{Result, StoreError, Transaction};

/// The name and slug of the tenant that is made at first start.
const DEFAULT_TENANT: (&str, &str) = ("Default", "default");

/// Makes a tenant. The same name and slug again answer the same tenant.
///
/// # Errors
/// [`StoreError::Conflict`] if the slug belongs to a tenant of another name.
pub fn create_tenant(tx: &mut Transaction<'_>, name: &str, slug: &str) -> Result<Uuid> {
    let known = tx.query_optional("select id, name from tenant where slug = ?1", &[slug.into()], |row| {
        Ok((row.get::<Uuid>(0)?, row.get::<String>(1)?))
    })?;
    match known {
        Some((id, known)) if known == name => Ok(id),
        Some((_, known)) => Err(StoreError::Conflict(format!(
            "the slug `{slug}` belongs to the tenant `{known}`: choose another slug"
        ))),
        None => {
            let id = tx.new_id();
            tx.execute(
                "insert into tenant (id, created, updated, name, slug) values (?1, ?2, ?2, ?3, ?4)",
                &[id.into(), tx.now().into(), name.into(), slug.into()],
            )?;
            Ok(id)
        }
    }
}

/// The tenant of those who name none: the oldest, made if there is none yet.
///
/// # Errors
/// Of the database.
pub fn default_tenant(tx: &mut Transaction<'_>) -> Result<Uuid> {
    let oldest =
        tx.query_optional("select id from tenant order by created, id limit 1", &[], |row| row.get(0))?;
    match oldest {
        Some(id) => Ok(id),
        None => create_tenant(tx, DEFAULT_TENANT.0, DEFAULT_TENANT.1),
    }
}

/// `tenant_id` if there is such a tenant, the default one if none is named.
///
/// # Errors
/// [`StoreError::NotFound`].
pub(crate) fn tenant_or_default(tx: &mut Transaction<'_>, tenant_id: Option<Uuid>) -> Result<Uuid> {
    let Some(id) = tenant_id else { return default_tenant(tx) };
    tx.query_optional("select id from tenant where id = ?1", &[id.into()], |row| row.get(0))?
        .ok_or_else(|| StoreError::not_found_hint("tenant", id, "leave tenant_id out for the default tenant"))
}
