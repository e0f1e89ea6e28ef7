//! Agents as the server knows them: registered, heard of, forgotten.

use castra_core::label::LabelSet;
use uuid::Uuid;

use crate::tenant::tenant_or_default;
use crate::{Change, Result, StoreError, Transaction};

/// What Prefect's agents are called if nobody names them.
const DEFAULT_NAME: &str = "agent";

/// What an agent says of itself.
#[derive(Clone, Debug)]
pub struct AgentRegistration {
    /// The id of an earlier registration, to stay the same agent.
    pub id: Option<Uuid>,
    /// Its type, e.g. `LocalAgent`.
    pub agent_type: String,
    /// Its name.
    pub name: Option<String>,
    /// The labels it covers.
    pub labels: LabelSet,
    /// Its tenant; the default one if none is named.
    pub tenant_id: Option<Uuid>,
}

/// Registers an agent. One that was deleted meanwhile comes back under its id.
///
/// # Errors
/// [`StoreError::NotFound`] for an unknown tenant.
pub fn register_agent(tx: &mut Transaction<'_>, agent: &AgentRegistration) -> Result<Uuid> {
    let tenant_id = tenant_or_default(tx, agent.tenant_id)?;
    let id = agent.id.unwrap_or_else(|| tx.new_id());
    tx.execute(
        "insert into agent (id, created, updated, tenant_id, type, name, labels) values (?1, ?2, ?2, ?3, ?4, ?5, ?6)
         on conflict (id) do update set
             updated = excluded.updated, tenant_id = excluded.tenant_id, type = excluded.type,
             name = excluded.name, labels = excluded.labels",
        &[
            id.into(),
            tx.now().into(),
            tenant_id.into(),
            (&agent.agent_type).into(),
            agent.name.as_deref().unwrap_or(DEFAULT_NAME).into(),
            (&agent.labels).into(),
        ],
    )?;
    tx.announce(Change::Agents);
    Ok(id)
}

/// Notes that an agent asked for work just now. An agent that is not known, e.g. of a database that was replaced under
/// it, passes.
///
/// # Errors
/// Of the database.
pub fn heard_of(tx: &mut Transaction<'_>, id: Uuid) -> Result<()> {
    tx.execute("update agent set last_queried = ?2 where id = ?1", &[id.into(), tx.now().into()])?;
    Ok(())
}

/// Forgets an agent. What it has launched stays in the ledger.
///
/// # Errors
/// [`StoreError::NotFound`].
pub fn delete_agent(tx: &mut Transaction<'_>, id: Uuid) -> Result<()> {
    match tx.execute("delete from agent where id = ?1", &[id.into()])? {
        0 => Err(StoreError::not_found_hint("agent", id, "`castra get agents` lists those there are")),
        _ => {
            tx.announce(Change::Agents);
            Ok(())
        }
    }
}
