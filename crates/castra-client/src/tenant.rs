//! The tenant that the client works in.

use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use crate::client::Client;
use crate::error::ClientError;

const DOCUMENT: &str = "query { tenant { id } }";

#[derive(Deserialize)]
struct Answer {
    tenant: Vec<Tenant>,
}

#[derive(Deserialize)]
struct Tenant {
    id: Uuid,
}

impl Client {
    /// The server's tenant, the first one as Prefect 1's client takes it
    /// (`prefect.Client._get_default_server_tenant`); `None` if there is none.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn tenant_id(&self) -> Result<Option<Uuid>, ClientError> {
        let answer: Answer = self.call(DOCUMENT, json!({})).await?;
        Ok(answer.tenant.first().map(|tenant| tenant.id))
    }
}
