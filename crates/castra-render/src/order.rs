//! Order: one run that is to be launched, as it was claimed.

use castra_core::claim::{Claim, ClaimedFlowRun};
use castra_core::credential::Credential;
use castra_core::run_config::{AgentKind, RunConfig};
use castra_core::runtime::FlowSource;
use castra_core::storage::Storage;
use uuid::Uuid;

use crate::RenderError;

/// One run that is to be launched.
#[derive(Clone, Debug)]
pub struct Order {
    /// The launch that the claim opened: the key of everything that is done for it.
    pub launch_id: Uuid,
    /// The run.
    pub flow_run: ClaimedFlowRun,
    /// What the flow-run process identifies itself with; `None` only where a run is rendered to be looked at.
    pub credential: Option<Credential>,
    /// The tenant that the credential belongs to, if it is known.
    pub tenant_id: Option<Uuid>,
}

impl Order {
    /// The order that a claim gives.
    pub fn new(claim: Claim, tenant_id: Option<Uuid>) -> Self {
        Self {
            launch_id: claim.launch_id,
            flow_run: claim.flow_run,
            credential: Some(Credential::new(claim.credential)),
            tenant_id,
        }
    }

    /// Where the code of the run's flow is kept.
    pub(crate) fn storage(&self) -> Result<Option<Storage>, RenderError> {
        Ok(self.flow_run.flow.storage.as_ref().map(Storage::from_json).transpose()?)
    }

    /// What decides how the run starts; `storage` is [`Self::storage`].
    pub(crate) fn flow_source<'a>(&'a self, storage: Option<&'a Storage>) -> FlowSource<'a> {
        let flow = &self.flow_run.flow;
        FlowSource { name: &flow.name, core_version: flow.core_version.as_deref(), storage }
    }

    /// The run's run config as an agent of this kind launches it; see [`AgentKind::own_run_config`].
    pub(crate) fn run_config(&self, agent: AgentKind) -> Result<RunConfig, RenderError> {
        let given = self.flow_run.run_config.as_ref().filter(|wire| !wire.is_null());
        Ok(agent.own_run_config(given.map(RunConfig::from_json).transpose()?)?)
    }
}
