//! Projects: folders for flows.

use uuid::Uuid;

use crate::tenant::tenant_or_default;
use crate::{Result, StoreError, Transaction};

/// What Prefect's client looks for, to the letter, before it goes on with the project that is there
/// (prefect 1.4.1 `Client.create_project`).
const NAME_TAKEN: &str = "Uniqueness violation.";

/// A project to be made.
#[derive(Clone, Debug)]
pub struct NewProject {
    /// Its tenant; the default one if none is named.
    pub tenant_id: Option<Uuid>,
    /// Its name, unique under the tenant.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
}

/// Makes a project.
///
/// # Errors
/// [`StoreError::Conflict`] if the name is taken, [`StoreError::NotFound`] for an unknown tenant.
pub fn create_project(tx: &mut Transaction<'_>, new: &NewProject) -> Result<Uuid> {
    let tenant_id = tenant_or_default(tx, new.tenant_id)?;
    let id = tx.new_id();
    let made = tx.execute(
        "insert into project (id, created, updated, tenant_id, name, description) values (?1, ?2, ?2, ?3, ?4, ?5)
         on conflict (tenant_id, name) do nothing",
        &[
            id.into(),
            tx.now().into(),
            tenant_id.into(),
            (&new.name).into(),
            new.description.as_deref().into(),
        ],
    )?;
    match made {
        0 => Err(StoreError::Conflict(NAME_TAKEN.to_owned())),
        _ => Ok(id),
    }
}

/// Gives a project another name.
///
/// # Errors
/// [`StoreError::NotFound`]; [`StoreError::Conflict`] if the name is taken.
pub fn set_project_name(tx: &mut Transaction<'_>, id: Uuid, name: &str) -> Result<()> {
    let taken = tx.query_optional(
        "select other.id from project other join project this on this.tenant_id = other.tenant_id
         where this.id = ?1 and other.id <> this.id and other.name = ?2",
        &[id.into(), name.into()],
        |row| row.get::<Uuid>(0),
    )?;
    if taken.is_some() {
        return Err(StoreError::Conflict(format!(
            "another project is called `{name}` already: choose another name"
        )));
    }
    let changed = tx.execute(
        "update project set name = ?2, updated = ?3 where id = ?1",
        &[id.into(), name.into(), tx.now().into()],
    )?;
    found(changed, id)
}

/// Says what a project is for.
///
/// # Errors
/// [`StoreError::NotFound`].
pub fn set_project_description(tx: &mut Transaction<'_>, id: Uuid, description: Option<&str>) -> Result<()> {
    let changed = tx.execute(
        "update project set description = ?2, updated = ?3 where id = ?1",
        &[id.into(), description.into(), tx.now().into()],
    )?;
    found(changed, id)
}

/// Deletes a project with its flows and their runs. Agents stop what they still run of it when they next report.
///
/// # Errors
/// [`StoreError::NotFound`].
pub fn delete_project(tx: &mut Transaction<'_>, id: Uuid) -> Result<()> {
    found(tx.execute("delete from project where id = ?1", &[id.into()])?, id)?;
    tx.execute(
        "delete from flow_group where not exists (select 1 from flow where flow.flow_group_id = flow_group.id)",
        &[],
    )?;
    Ok(())
}

fn found(rows: usize, id: Uuid) -> Result<()> {
    match rows {
        0 => Err(StoreError::not_found_hint("project", id, "`castra get projects` lists those there are")),
        _ => Ok(()),
    }
}
