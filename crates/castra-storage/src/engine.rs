//! The Docker Engine: how it is reached, and what its answers say.

use bollard::Docker;
use bollard::errors::Error;

use crate::error::DockerStorageError;

/// The engine that `DOCKER_HOST` names, else the one of this machine.
pub(crate) async fn connect() -> Result<Docker, DockerStorageError> {
    let failed = asking("reaching the Docker Engine (DOCKER_HOST, else its default socket)");
    let docker = Docker::connect_with_defaults().map_err(&failed)?;
    docker.negotiate_version().await.map_err(&failed)
}

/// An error of the engine becomes one that says what it was asked for.
pub(crate) fn asking(what: impl Into<String>) -> impl Fn(Error) -> DockerStorageError {
    let what = what.into();
    move |source| DockerStorageError::Engine { what: what.clone(), source }
}

/// The engine's words, without those of the library around them.
pub(crate) fn words(error: &Error) -> String {
    match error {
        Error::DockerResponseServerError { message, .. } => message.clone(),
        Error::DockerStreamError { error } => error.clone(),
        other => other.to_string(),
    }
}
