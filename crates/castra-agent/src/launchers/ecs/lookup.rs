//! Lookup: what has to be known of a run before it can be rendered is read from where it is kept, or asked of AWS.

use castra_render::ecs::{EcsConfig, EcsFound, TaskDefinitionLookup, lookups, network_configuration};
use castra_render::{Order, RenderError};
use serde_json::Value;
use tokio::sync::OnceCell;

use super::api::Api;
use super::aws::retried;
use super::refusal::refused;
use crate::launchers::LaunchError;
use crate::launchers::location::Locations;

/// What is being done where it can be spared.
const INFERRING: &str = "inferring its network configuration from the default VPC (`networkConfiguration` in the file of \
                         --run-task-kwargs spares that)";

/// The network configuration that was inferred, once it was: the account's default VPC stays.
#[derive(Debug, Default)]
pub(super) struct Network(OnceCell<Value>);

/// Where things are looked up.
pub(super) struct Finder<'a> {
    /// `None` where AWS has not to be asked, see [`EcsLookups::asks_aws`].
    pub(super) api: Option<&'a Api>,
    pub(super) locations: &'a Locations,
    pub(super) network: &'a Network,
}

impl Finder<'_> {
    /// What a run needs to be rendered.
    pub(super) async fn find(&self, order: &Order, config: &EcsConfig) -> Result<EcsFound, LaunchError> {
        let wanted = lookups(order, config)?;
        let task_definition = match &wanted.task_definition {
            Some(TaskDefinitionLookup::Describe { arn }) => Some(self.described(arn).await?),
            Some(TaskDefinitionLookup::Read { path }) => Some(self.locations.read_yaml(path).await?),
            None => None,
        };
        let network_configuration = match wanted.network_configuration {
            true => Some(self.network_configuration().await?),
            false => None,
        };
        Ok(EcsFound { task_definition, network_configuration })
    }

    fn api(&self) -> Result<&Api, LaunchError> {
        self.api.ok_or_else(|| LaunchError::NotLaunched("AWS has to be asked".to_owned()))
    }

    async fn described(&self, arn: &str) -> Result<Value, LaunchError> {
        let api = self.api()?;
        let described = retried(|| api.describe_task_definition(arn)).await;
        described.map_err(|error| refused(&error, &format!("the task definition `{arn}`")))
    }

    async fn network_configuration(&self) -> Result<Value, LaunchError> {
        let inferred = self.network.0.get_or_try_init(async || {
            let api = self.api()?;
            let subnets = retried(|| api.default_subnets()).await;
            let subnets = subnets.map_err(|error| refused(&error, INFERRING))?;
            // Somebody may make a default VPC later.
            network_configuration(&subnets).ok_or(LaunchError::from(RenderError::NoNetworkConfiguration))
        });
        inferred.await.cloned()
    }
}
