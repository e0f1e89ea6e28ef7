//! Registering flows: the server keeps what a flow says, and runs of it can be created from then on.

use castra_client::{Client, ClientError, FlowRegistration};
use uuid::Uuid;

use crate::flow::Flow;
use crate::serialize::SerializeError;

/// Why a flow was not registered.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// No project was named.
    #[error(
        "the flow `{flow}` names no project; give one with `--project`, or in the flow with `.project(…)`"
    )]
    NoProject {
        /// The flow's name.
        flow: String,
    },
    /// The project does not exist.
    #[error("there is no project `{project}`; create it with `castra create project {project:?}`")]
    UnknownProject {
        /// Its name.
        project: String,
    },
    /// The flow has no serialized form.
    #[error("the flow `{flow}` cannot be registered: {reason}")]
    Serialize {
        /// The flow's name.
        flow: String,
        /// Why.
        reason: SerializeError,
    },
    /// The server did not take it.
    #[error(transparent)]
    Client(#[from] ClientError),
}

impl Flow {
    /// Registers the flow in `project`, or in its own if `None`, and answers with the flow's id. A flow that did not
    /// change since it was last registered makes no new version.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn register(&self, client: &Client, project: Option<&str>) -> Result<Uuid, RegisterError> {
        self.register_as(client, project, true).await
    }

    /// The same; `schedule_active` says whether its schedule creates runs from now on.
    pub(crate) async fn register_as(
        &self,
        client: &Client,
        project: Option<&str>,
        schedule_active: bool,
    ) -> Result<Uuid, RegisterError> {
        let flow = || self.name.clone();
        let project =
            project.or(self.project.as_deref()).ok_or_else(|| RegisterError::NoProject { flow: flow() })?;
        let serialized =
            self.serialize().map_err(|reason| RegisterError::Serialize { flow: flow(), reason })?;
        let project_id = client
            .find_project(project)
            .await?
            .ok_or_else(|| RegisterError::UnknownProject { project: project.to_owned() })?;
        let flow = &serialized.to_json();
        Ok(client
            .register_flow(&FlowRegistration { schedule_active, ..FlowRegistration::new(project_id, flow) })
            .await?)
    }
}
