//! Task definitions that are registered: one for each content, not one for each run. What is registered is what
//! `render.rs` has made, but for one field: its `family` names the content instead of the run, so that the next run with the
//! same content finds it, after a restart of the agent, too. (Prefect's agent registers one for each run and deregisters
//! it at once, which uses up what AWS grants of registrations and leaves a family behind for each run.)
//!
//! A definition that names the credential's parameter is good for one launch only; its family names that launch.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use castra_core::canonical;
use castra_render::slug;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::api::{Api, arn_of};
use super::aws::{AwsError, retried};

/// ECS takes families of this length.
const LONGEST_FAMILY: usize = 255;
/// How much of the content's hash is in a family.
const HASH_LENGTH: usize = 32;
/// So many are remembered; forgetting one costs a request.
const MOST_REMEMBERED: usize = 1_000;

/// The registered task definitions that the agent knows of, by family.
#[derive(Debug, Default)]
pub(super) struct Definitions(Mutex<HashMap<String, String>>);

/// A registered task definition.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Registered {
    pub(super) arn: String,
    /// It was registered earlier; somebody may have deregistered it since.
    pub(super) is_remembered: bool,
}

impl Definitions {
    /// The ARN of the task definition with this content: an earlier one, or it is registered now.
    pub(super) async fn shared(
        &self,
        api: &Api,
        flow_name: &str,
        mut definition: Map<String, Value>,
    ) -> Result<Registered, AwsError> {
        let family = shared_family(flow_name, &mut definition);
        if let Some(arn) = self.remembered().get(&family) {
            return Ok(Registered { arn: arn.clone(), is_remembered: true });
        }
        let arn = match find(api, &family).await? {
            Some(arn) => arn,
            None => register(api, &family, definition).await?,
        };
        self.remember(family, arn.clone());
        Ok(Registered { arn, is_remembered: false })
    }

    /// The ARN of a task definition for this launch only, which is registered.
    pub(super) async fn of_launch(
        &self,
        api: &Api,
        launch_id: Uuid,
        definition: Map<String, Value>,
    ) -> Result<Registered, AwsError> {
        let arn = register(api, &family_of(launch_id), definition).await?;
        Ok(Registered { arn, is_remembered: false })
    }

    /// A task definition is not there any more.
    pub(super) fn forget(&self, arn: &str) {
        self.remembered().retain(|_, remembered| remembered != arn);
    }

    fn remember(&self, family: String, arn: String) {
        let mut remembered = self.remembered();
        if remembered.len() >= MOST_REMEMBERED {
            remembered.clear();
        }
        remembered.insert(family, arn);
    }

    fn remembered(&self) -> MutexGuard<'_, HashMap<String, String>> {
        // Nothing panics while it holds the lock; should it, the map is whole all the same.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The newest active task definition of a family.
pub(super) async fn find(api: &Api, family: &str) -> Result<Option<String>, AwsError> {
    match retried(|| api.describe_task_definition(family)).await {
        Ok(definition) => Ok(Some(arn_of(&definition)).filter(|_| definition["status"] == "ACTIVE")),
        // ECS says it of an unknown family as of a wrong name.
        Err(error) if error.code() == "ClientException" && !error.is_transient() => Ok(None),
        Err(error) => Err(error),
    }
}

async fn register(api: &Api, family: &str, mut definition: Map<String, Value>) -> Result<String, AwsError> {
    definition.insert("family".to_owned(), family.into());
    // An answer that was lost costs a second revision with the same content.
    retried(|| api.register_task_definition(&definition)).await
}

/// The family of all runs whose task definition has this content.
fn shared_family(flow_name: &str, definition: &mut Map<String, Value>) -> String {
    definition.remove("family");
    let mut hash = canonical::sha256(&definition.clone().into());
    hash.truncate(HASH_LENGTH);
    let name = slug(flow_name, LONGEST_FAMILY - "prefect--".len() - HASH_LENGTH);
    match name.as_str() {
        "" => format!("prefect-{hash}"),
        name => format!("prefect-{name}-{hash}"),
    }
}

/// The family of one launch.
pub(super) fn family_of(launch_id: Uuid) -> String {
    format!("castra-launch-{launch_id}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn family(flow_name: &str, definition: Value) -> String {
        shared_family(flow_name, &mut serde_json::from_value(definition).unwrap())
    }

    #[test]
    fn a_family_names_the_content_and_not_the_run() {
        let one =
            family("Daily ETL", json!({ "family": "prefect-daily-etl-1", "cpu": "256", "memory": "512" }));
        assert_eq!(
            one,
            family("Daily ETL", json!({ "memory": "512", "cpu": "256", "family": "prefect-daily-etl-2" }))
        );
        assert_ne!(
            one,
            family("Daily ETL", json!({ "family": "prefect-daily-etl-1", "cpu": "512", "memory": "512" }))
        );
        insta::assert_snapshot!(one, @"prefect-daily-etl-290b8808452a3ff8b5f2926f3fe85f43");
    }

    #[test]
    fn a_family_fits_however_long_the_flows_name_is() {
        assert!(family(&"flow ".repeat(100), json!({})).len() <= LONGEST_FAMILY);
        insta::assert_snapshot!(family("…", json!({})), @"prefect-44136fa355b3678a1146ad16f7e8649e");
    }
}
