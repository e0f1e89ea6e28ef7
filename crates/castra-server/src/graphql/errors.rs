//! What a caller is told when something fails, by meaning. Codes and words follow what Prefect's client looks for
//! (prefect 1.4.1 `Client.graphql`, `Client._request`), so none of them is sent by accident.

use std::fmt::Display;

use async_graphql::{ErrorExtensions, ServerError, Value};
use castra_store::StoreError;
use uuid::Uuid;

/// The code of what cannot be done for now.
pub(crate) const UNAVAILABLE: &str = "UNAVAILABLE";

/// Why a field of a query or mutation has no answer. The text is for people: what, where, what to do next.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Error {
    /// The request cannot mean anything.
    #[error("{0}")]
    BadInput(String),
    /// What it speaks of does not exist. Prefect's client retries on the words "not found".
    #[error("{0}")]
    NotFound(String),
    /// It contradicts what is there.
    #[error("{0}")]
    Conflict(String),
    /// Another process has moved the run on: Prefect's runners then read the state and follow it.
    #[error("{0}")]
    VersionLocking(String),
    /// The credential is not good. Prefect's client raises `AuthorizationError`.
    #[error("{0}")]
    Unauthenticated(String),
    /// The database cannot be used now, through no fault of the request: it may be sent again.
    #[error("{0}")]
    Unavailable(String),
    /// The server's own fault, told by the id under which the log explains it.
    #[error("the server could not do this; its log says why under fault {0}")]
    Fault(Uuid),
}

impl Error {
    /// Logs what went wrong inside and keeps only an id of it for the caller.
    pub(crate) fn fault(cause: impl Display) -> Self {
        let fault = Uuid::new_v4();
        tracing::error!(%fault, %cause, "internal fault");
        Self::Fault(fault)
    }

    /// What stands in `extensions.code`.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::BadInput(_) => "BAD_USER_INPUT",
            Self::NotFound(_) => "NOT_FOUND",
            Self::Conflict(_) => "CONFLICT",
            Self::VersionLocking(_) => "VERSION_LOCKING_ERROR",
            Self::Unauthenticated(_) => "UNAUTHENTICATED",
            Self::Unavailable(_) => UNAVAILABLE,
            Self::Fault(_) => "INTERNAL_SERVER_ERROR",
        }
    }

    /// The error as an answer. (`?` would turn it into one as well, but without its code.)
    pub(crate) fn into_answer(self) -> async_graphql::Error {
        async_graphql::Error::new(self.to_string())
            .extend_with(|_, extensions| extensions.set("code", self.code()))
    }
}

/// The code of an answer's error. What async-graphql itself refuses has none of its own.
pub(crate) fn code(error: &mut ServerError) -> String {
    let extensions = error.extensions.get_or_insert_default();
    match extensions.get("code") {
        Some(Value::String(code)) => code.clone(),
        _ => {
            extensions.set("code", "GRAPHQL_VALIDATION_FAILED");
            "GRAPHQL_VALIDATION_FAILED".to_owned()
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        let words = error.to_string();
        match error {
            StoreError::NotFound { .. } => Self::NotFound(words),
            StoreError::Invalid(_) => Self::BadInput(words),
            StoreError::Conflict(_) | StoreError::Refused(_) | StoreError::Fenced(_) => Self::Conflict(words),
            StoreError::VersionLock { .. } => Self::VersionLocking(words),
            StoreError::Locked
            | StoreError::InUse { .. }
            | StoreError::DiskFull
            | StoreError::Disk(_)
            | StoreError::Corrupt(_)
            | StoreError::TooNew { .. }
            | StoreError::Open { .. }
            | StoreError::Closed => Self::Unavailable(words),
            StoreError::Internal(_) | StoreError::Database(_) => Self::fault(words),
        }
    }
}

/// A value as an error quotes it: at most 60 letters of it.
pub(crate) fn quote(value: &impl Display) -> String {
    let text = value.to_string();
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
