//! The flow run's credential: issued with a claim, presented by the flow run's process, dead with the launch. Only its
//! hash is kept.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::database::Transaction;
use crate::error::{Result, StoreError};

/// What stands before a flow run's credential.
pub const PREFIX: &str = "castra_";

/// A credential as it was sent or issued. Its secret is never printed by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Credential {
    launch_id: Uuid,
    secret: String,
}

impl Credential {
    /// A new one for a launch.
    pub(crate) fn issue(launch_id: Uuid) -> Self {
        let secret = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        Self { launch_id, secret }
    }

    /// The text to hand to the process.
    pub(crate) fn reveal(&self) -> String {
        format!("{PREFIX}{}_{}", self.launch_id, self.secret)
    }

    /// What the ledger keeps.
    pub(crate) fn sha256(&self) -> String {
        Sha256::digest(&self.secret).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl FromStr for Credential {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self> {
        let (launch_id, secret) = text
            .strip_prefix(PREFIX)
            .and_then(|rest| rest.split_once('_'))
            .filter(|(_, secret)| !secret.is_empty())
            .ok_or_else(|| malformed("it is not of the form castra_<launch id>_<secret>"))?;
        let launch_id = launch_id.parse().map_err(|_| malformed("its launch id is no UUID"))?;
        Ok(Self { launch_id, secret: secret.to_owned() })
    }
}

fn malformed(why: &str) -> StoreError {
    StoreError::Fenced(format!("the flow run's credential is malformed: {why}"))
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential").field("launch_id", &self.launch_id).finish_non_exhaustive()
    }
}

/// A flow run's process that has shown a living credential. Whoever shows none is a person, an agent, or a process that
/// another agent launched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlowRunProcess {
    /// Its launch.
    pub launch_id: Uuid,
    /// The run that it may write to.
    pub flow_run_id: Uuid,
}

impl FlowRunProcess {
    /// Checks that the process writes to its own run.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] if not.
    pub(crate) fn check_run(self, flow_run_id: Uuid) -> Result<()> {
        if self.flow_run_id == flow_run_id {
            return Ok(());
        }
        Err(StoreError::Fenced(format!(
            "the credential belongs to flow run {}, not to {flow_run_id}",
            self.flow_run_id
        )))
    }
}

/// Whose credential it is.
///
/// # Errors
/// [`StoreError::Fenced`] if it was never issued, or its launch has ended or was replaced.
pub fn authenticate(tx: &mut Transaction<'_>, credential: &Credential) -> Result<FlowRunProcess> {
    let found = tx.query_optional(
        "select flow_run_id, ended_at is not null, fenced_at is not null
         from launch where id = ?1 and credential_sha256 = ?2",
        &[credential.launch_id.into(), credential.sha256().into()],
        |row| Ok((row.get::<Uuid>(0)?, row.get::<bool>(1)?, row.get::<bool>(2)?)),
    )?;
    match found {
        None => Err(StoreError::Fenced("the flow run's credential is unknown".to_owned())),
        Some((_, true, _)) => Err(StoreError::Fenced(format!("launch {} has ended", credential.launch_id))),
        Some((_, _, true)) => Err(StoreError::Fenced(format!(
            "launch {} is no longer the run's current one",
            credential.launch_id
        ))),
        Some((flow_run_id, false, false)) => {
            Ok(FlowRunProcess { launch_id: credential.launch_id, flow_run_id })
        }
    }
}
