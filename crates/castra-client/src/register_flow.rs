//! Register: a flow's serialized form becomes a version of it in a project. It travels packed, as the client of Prefect 1
//! sends it, with the hash of what it says as its idempotency key: a flow that did not change makes no new version.

use std::io::{self, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use castra_core::canonical;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::client::Client;
use crate::error::ClientError;

const FIND_PROJECT: &str = "query($name: String!) { project(where: {name: {_eq: $name}}, limit: 1) { id } }";

const REGISTER: &str = "mutation($input: create_flow_from_compressed_string_input!) {
    create_flow_from_compressed_string(input: $input) { id } }";

#[derive(Deserialize)]
struct Projects {
    project: Vec<Identified>,
}

#[derive(Deserialize)]
struct Registered {
    create_flow_from_compressed_string: Identified,
}

#[derive(Deserialize)]
struct Identified {
    id: Uuid,
}

impl Client {
    /// The project of this name, or `None` if there is none.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn find_project(&self, name: &str) -> Result<Option<Uuid>, ClientError> {
        let found: Projects = self.call(FIND_PROJECT, json!({ "name": name })).await?;
        Ok(found.project.first().map(|project| project.id))
    }

    /// Registers a serialized flow and answers with the flow's id: that of a new version, or of the latest one if
    /// nothing changed since it. The schedule, if there is one, is active from now on.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn register_flow(&self, project_id: Uuid, flow: &Value) -> Result<Uuid, ClientError> {
        let packed = pack(flow).map_err(|error| ClientError::Malformed {
            url: self.url().to_owned(),
            reason: format!("the flow cannot be packed: {error}"),
        })?;
        let input = json!({
            "project_id": project_id,
            "serialized_flow": packed,
            "set_schedule_active": true,
            "idempotency_key": canonical::sha256(flow),
        });
        let registered: Registered = self.call(REGISTER, json!({ "input": input })).await?;
        Ok(registered.create_flow_from_compressed_string.id)
    }
}

/// `base64(gzip(JSON))` (prefect 1.4.1 `prefect.utilities.compression.compress`).
fn pack(flow: &Value) -> io::Result<String> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(flow.to_string().as_bytes())?;
    Ok(STANDARD.encode(gzip.finish()?))
}
