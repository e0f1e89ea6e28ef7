//! The engine: the one connection that everything beside this file speaks through, and what its answers mean.

use std::error::Error as _;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bollard::Docker;
use bollard::errors::Error;
use bollard::models::{ContainerCreateBody, ContainerInspectResponse, ContainerSummary};
use bollard::query_parameters::{
    CreateContainerOptions, InspectContainerOptions, ListContainersOptionsBuilder,
    RemoveContainerOptionsBuilder,
};
use castra_client::retry::Retries;
use castra_docker::Address;
use castra_render::docker::{ContainerSpec, DockerConfig, LAUNCH_ID_LABEL};
use tokio::time::sleep;
use uuid::Uuid;

/// The oldest engine that launches are made on (prefect 1.4.1 `DockerAgent`: "requires Docker v20.10.0+"), because
/// `host-gateway` needs it.
const OLDEST: [u64; 2] = [20, 10];
/// How an engine that is away is waited for: for ever, looking again at least every five seconds.
const PATIENCE: Retries = Retries {
    attempts: u32::MAX,
    first_delay: Duration::from_millis(100),
    max_delay: Duration::from_secs(5),
};

/// Why there is no engine to launch on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// Its address cannot be used.
    #[error("{0}")]
    Address(String),
    /// It does not answer.
    #[error(
        "no Docker engine answers at {address}: {reason}. Start one, or say with --base-url or DOCKER_HOST where it is"
    )]
    Away {
        /// Where it was looked for.
        address: String,
        /// What happened.
        reason: String,
    },
    /// It is too old.
    #[error("the Docker engine at {address} has version {version}: flow runs need 20.10 or newer")]
    TooOld {
        /// Where it is.
        address: String,
        /// Its version.
        version: String,
    },
}

/// What an engine did not do, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Trouble {
    /// It did not answer; whether it did what it was asked is not known.
    #[error("the Docker engine does not answer: {0}")]
    Away(String),
    /// It answered that it would not.
    #[error("{message}")]
    Answered {
        /// The status of the answer.
        status: u16,
        /// Its words.
        message: String,
    },
}

impl Trouble {
    /// True if what was asked about does not exist.
    pub(crate) fn is_absent(&self) -> bool {
        matches!(self, Self::Answered { status: 404, .. })
    }

    /// True if something that exists is in the way.
    pub(crate) fn is_conflict(&self) -> bool {
        matches!(self, Self::Answered { status: 409, .. })
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        match error {
            // What stands before an engine says it is away, and so does an engine that shuts down.
            Error::DockerResponseServerError { status_code: 502..=504, message } => Self::Away(message),
            Error::DockerResponseServerError { status_code, message } => {
                Self::Answered { status: status_code, message }
            }
            Error::DockerStreamError { error } => Self::Answered { status: 500, message: error },
            Error::JsonDataError { message, .. } => {
                Self::Answered { status: 500, message: format!("its answer cannot be read: {message}") }
            }
            Error::RequestTimeoutError => Self::Away("it takes too long".to_owned()),
            other => Self::Away(words(&other)),
        }
    }
}

/// The innermost reason of an error: the outer ones only say that a request failed.
fn words(error: &Error) -> String {
    let mut source = error.source();
    let mut words = error.to_string();
    while let Some(inner) = source {
        words = inner.to_string();
        source = inner.source();
    }
    words
}

/// An engine that has answered once. Clones share its connections.
#[derive(Clone, Debug)]
pub(crate) struct Engine {
    docker: Docker,
    /// Where the user's Docker config is.
    config_directory: Option<PathBuf>,
}

impl Engine {
    /// Connects and sees that it is an engine to launch on.
    pub(crate) async fn connect(config: &DockerConfig) -> Result<Self, ConnectError> {
        let config_directory = config.config_directory.clone();
        let address = Address::find(config.base_url.as_deref(), config_directory.as_deref())
            .map_err(ConnectError::Address)?;
        let away = |error: Error| {
            let reason = match Trouble::from(error) {
                Trouble::Away(reason) => reason,
                Trouble::Answered { message, .. } => message,
            };
            ConnectError::Away { address: address.to_string(), reason }
        };
        let docker = address.client(config.timeout).map_err(away)?;
        let docker = docker.negotiate_version().await.map_err(away)?;
        let version = docker.version().await.map_err(away)?.version.unwrap_or_default();
        match is_new_enough(&version) {
            true => Ok(Self { docker, config_directory }),
            false => Err(ConnectError::TooOld { address: address.to_string(), version }),
        }
    }

    /// The client, for what is asked in one place only.
    pub(crate) fn docker(&self) -> &Docker {
        &self.docker
    }

    /// Where the user's Docker config is, unless where the `docker` command has it.
    pub(crate) fn config_directory(&self) -> Option<&Path> {
        self.config_directory.as_deref()
    }

    /// Creates a container under this name and answers with its id. The body goes out as it is: the client's own type for
    /// it would drop what it does not know.
    pub(crate) async fn create(&self, name: &str, spec: &ContainerSpec) -> Result<String, Trouble> {
        let body = spec.body.to_string();
        let docker = self
            .docker
            .clone()
            .with_request_modifier(move |request| request.map(|_| bollard::body_full(body.clone().into())));
        let options = CreateContainerOptions { name: Some(name.to_owned()), ..Default::default() };
        let created = docker.create_container(Some(options), ContainerCreateBody::default()).await?;
        for warning in created.warnings {
            tracing::warn!(container = name, warning, "the Docker engine warns");
        }
        Ok(created.id)
    }

    /// What the engine knows of a container; `None` if it does not exist.
    pub(crate) async fn inspect(&self, container: &str) -> Result<Option<ContainerInspectResponse>, Trouble> {
        let answer = self.docker.inspect_container(container, None::<InspectContainerOptions>).await;
        present(answer)
    }

    /// The containers of a launch, or of all launches, in any state.
    pub(crate) async fn containers(&self, launch_id: Option<Uuid>) -> Result<Vec<ContainerSummary>, Trouble> {
        let label =
            launch_id.map_or_else(|| LAUNCH_ID_LABEL.to_owned(), |id| format!("{LAUNCH_ID_LABEL}={id}"));
        let filters = [("label".to_owned(), vec![label])].into();
        let options = ListContainersOptionsBuilder::new().all(true).filters(&filters).build();
        Ok(self.docker.list_containers(Some(options)).await?)
    }

    /// Removes a container with its anonymous volumes, as the engine itself does with `AutoRemove`; whatever of it still
    /// runs is killed. One that is gone, or is being removed, is no trouble.
    pub(crate) async fn remove(&self, container: &str) -> Result<(), Trouble> {
        let options = RemoveContainerOptionsBuilder::new().force(true).v(true).build();
        match self.docker.remove_container(container, Some(options)).await.map_err(Trouble::from) {
            Err(trouble) if !trouble.is_absent() && !trouble.is_conflict() => Err(trouble),
            _ => Ok(()),
        }
    }

    /// Removes a container that was created, unless it runs by now; true if it is gone. The engine decides that in one
    /// step, so that nothing is started afterwards.
    pub(crate) async fn remove_unless_it_runs(&self, container: &str) -> Result<bool, Trouble> {
        let options = RemoveContainerOptionsBuilder::new().v(true).build();
        match self.docker.remove_container(container, Some(options)).await.map_err(Trouble::from) {
            Err(trouble) if trouble.is_conflict() => Ok(false),
            Err(trouble) if !trouble.is_absent() => Err(trouble),
            _ => Ok(true),
        }
    }
}

/// `None` for what does not exist.
fn present<T>(answer: Result<T, Error>) -> Result<Option<T>, Trouble> {
    match answer.map_err(Trouble::from) {
        Ok(found) => Ok(Some(found)),
        Err(trouble) if trouble.is_absent() => Ok(None),
        Err(trouble) => Err(trouble),
    }
}

/// Asks until the engine answers, whatever it answers.
pub(crate) async fn until_answered<T, F>(what: &str, ask: impl Fn() -> F) -> Result<T, Trouble>
where
    F: Future<Output = Result<T, Trouble>>,
{
    let mut failures = 0;
    loop {
        match ask().await {
            Err(Trouble::Away(reason)) => {
                failures += 1;
                wait_after(failures, &reason, what).await;
            }
            answer => return answer,
        }
    }
}

/// Waits after the `failures`-th failure in a row to do `what`.
pub(crate) async fn wait_after(failures: u32, reason: &str, what: &str) {
    let delay = PATIENCE.backoff(failures, rand::random());
    match failures {
        1 => tracing::warn!(
            reason,
            "the Docker engine does not answer, so the agent cannot {what}; it tries again until it can"
        ),
        _ => tracing::debug!(reason, failures, ?delay, "still cannot {what}"),
    }
    sleep(delay).await;
}

/// Versions that are no numbers are those of engines built from source, or of others that speak the same API.
fn is_new_enough(version: &str) -> bool {
    let mut numbers = version.split(['.', '-', '+']).map_while(|part| part.parse::<u64>().ok());
    match numbers.next() {
        Some(major) => [major, numbers.next().unwrap_or_default()] >= OLDEST,
        None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn engines_from_20_10_on_will_do() {
        let old = ["1.13.1", "19.03.15", "20.09"];
        let new = ["20.10.0", "20.10.24+dfsg1", "28.2.2", "library-import", ""];
        assert!(!old.iter().any(|version| is_new_enough(version)));
        assert!(new.iter().all(|version| is_new_enough(version)));
    }
}
