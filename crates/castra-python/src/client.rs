//! Requests to the server, as the Python side makes them. A request that has to wait leaves the interpreter to other threads.

use std::future::Future;

use castra_client::{Client, ClientError, FlowRegistration};
use castra_core::credential::Credential;
use castra_core::graph::SerializedFlow;
use pyo3::create_exception;
use pyo3::exceptions::{PyException, PyValueError};
use pyo3::prelude::*;
use serde_json::Value;

use crate::json;

create_exception!(
    castra._castra,
    CastraError,
    PyException,
    "The server cannot be reached, or refused a request."
);

/// Reads a flow in its wire form and writes it as the server will; what is wrong is named by its path.
///
/// # Errors
/// `ValueError`.
#[pyfunction]
pub(crate) fn flow_to_json<'py>(py: Python<'py>, flow: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    json::from_json(py, &serialized(flow)?.to_json())
}

/// What is to be registered, as a dict.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Registration<'py> {
    project: String,
    /// The flow in its wire form.
    flow: Bound<'py, PyAny>,
    schedule_active: bool,
    version_group_id: Option<String>,
    idempotency_key: Option<String>,
}

/// Registers a flow, and gives its id.
///
/// # Errors
/// `ValueError` if it is no flow, or there is no such project; `CastraError`.
#[pyfunction]
pub(crate) fn register_flow(
    py: Python<'_>,
    server: &str,
    key: Option<String>,
    registration: Registration<'_>,
) -> PyResult<String> {
    let Registration { project, flow, schedule_active, version_group_id, idempotency_key } = registration;
    let flow = serialized(&flow)?.to_json();
    let client = client(server, key)?;
    let registered = answer(py, async {
        let Some(project_id) = client.find_project(&project).await? else { return Ok(None) };
        let registration = FlowRegistration {
            schedule_active,
            version_group_id: version_group_id.as_deref(),
            idempotency_key: idempotency_key.as_deref(),
            ..FlowRegistration::new(project_id, &flow)
        };
        client.register_flow(&registration).await.map(Some)
    })?;
    let id = registered.ok_or_else(|| {
        PyValueError::new_err(format!(
            "there is no project {project:?}: create it with `castra create project {project:?}`"
        ))
    })?;
    Ok(id.to_string())
}

/// Sends a GraphQL document with its variables, and gives the data of the answer.
///
/// # Errors
/// `TypeError` or `ValueError` for variables without JSON; `CastraError`.
#[pyfunction]
pub(crate) fn graphql<'py>(
    py: Python<'py>,
    server: &str,
    key: Option<String>,
    document: &str,
    variables: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let variables = json::to_json("variables", variables)?;
    let client = client(server, key)?;
    let data: Value = answer(py, client.call(document, &variables))?;
    json::from_json(py, &data)
}

fn serialized(flow: &Bound<'_, PyAny>) -> PyResult<SerializedFlow> {
    let wire = json::to_json("flow", flow)?;
    let flow = SerializedFlow::from_json(&wire).map_err(|error| PyValueError::new_err(error.to_string()))?;
    flow.graph().map_err(|error| PyValueError::new_err(error.to_string()))?;
    Ok(flow)
}

fn client(server: &str, key: Option<String>) -> PyResult<Client> {
    Client::new(server, key.map(Credential::new).as_ref()).map_err(|error| refused(&error))
}

fn answer<T: Send>(
    py: Python<'_>,
    request: impl Future<Output = Result<T, ClientError>> + Send,
) -> PyResult<T> {
    py.detach(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(request).map_err(|error| refused(&error))
    })
}

fn refused(error: &ClientError) -> PyErr {
    CastraError::new_err(error.to_string())
}
