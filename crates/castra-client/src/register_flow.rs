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

/// What is to be registered.
#[derive(Clone, Copy, Debug)]
pub struct FlowRegistration<'a> {
    /// The project that the flow belongs to.
    pub project_id: Uuid,
    /// The flow's serialized form.
    pub flow: &'a Value,
    /// Whether its schedule, if there is one, creates runs from now on.
    pub schedule_active: bool,
    /// The flow group that it is a version of, if that is not the one of the flow of this name in the project.
    pub version_group_id: Option<&'a str>,
    /// A flow that was registered with the same key last time makes no new version; by default, the hash of what it says.
    pub idempotency_key: Option<&'a str>,
}

impl<'a> FlowRegistration<'a> {
    /// A flow whose schedule is active, and which makes no new version if nothing changed.
    #[must_use]
    pub fn new(project_id: Uuid, flow: &'a Value) -> Self {
        FlowRegistration {
            project_id,
            flow,
            schedule_active: true,
            version_group_id: None,
            idempotency_key: None,
        }
    }
}

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
    /// nothing changed since it.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn register_flow(&self, registration: &FlowRegistration<'_>) -> Result<Uuid, ClientError> {
        let flow = registration.flow;
        let packed = pack(flow).map_err(|error| ClientError::Malformed {
            url: self.url().to_owned(),
            reason: format!("the flow cannot be packed: {error}"),
        })?;
        let input = json!({
            "project_id": registration.project_id,
            "serialized_flow": packed,
            "set_schedule_active": registration.schedule_active,
            "version_group_id": registration.version_group_id,
            "idempotency_key": registration.idempotency_key.map_or_else(|| canonical::sha256(flow), str::to_owned),
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
