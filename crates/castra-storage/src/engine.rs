//! The Docker Engine: how it is reached, and what its answers say.

use std::time::Duration;

use bollard::Docker;
use bollard::auth::DockerCredentials;
use bollard::errors::Error;
use castra_docker::{Address, Reference};

use crate::error::DockerStorageError;

/// How long the engine may be silent: a step of a build may print nothing for long.
const PATIENCE: Duration = Duration::from_secs(3600);

/// The engine at this address, else that which the `docker` command would use.
pub(crate) async fn connect(given: Option<&str>) -> Result<Docker, DockerStorageError> {
    let address = Address::find(given, None).map_err(DockerStorageError::Address)?;
    let failed = asking(format!("reaching the Docker Engine at {address}"));
    let docker = address.client(PATIENCE).map_err(&failed)?;
    docker.negotiate_version().await.map_err(&failed)
}

/// The user's credentials for the image's registry. Without any, the registry decides.
pub(crate) async fn credentials(image: &str) -> Result<Option<DockerCredentials>, DockerStorageError> {
    let registry = Reference::new(image).registry().to_owned();
    // A helper may ask a keyring or the network.
    let found = tokio::task::spawn_blocking(move || castra_docker::credentials(None, &registry)).await;
    found.unwrap_or(Ok(None)).map_err(DockerStorageError::Credentials)
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
