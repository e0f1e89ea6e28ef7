//! Prefect 1's storage types (prefect 1.4.1 `prefect.serialization.storage`): the document is kept whole, and what
//! agents need is read from it once.

use std::fmt;

use serde_json::{Map, Value};

use super::{StorageError, required_text};

/// The methods that requests of Webhook storage may have.
const HTTP_METHODS: [&str; 4] = ["GET", "PATCH", "POST", "PUT"];

/// Which of Prefect 1's storage types; also the `type` of its wire form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StorageKind {
    /// Azure Blob storage.
    Azure,
    /// A Bitbucket repository.
    Bitbucket,
    /// An AWS CodeCommit repository.
    CodeCommit,
    /// A container image.
    Docker,
    /// A Google Cloud Storage bucket.
    Gcs,
    /// Any Git repository.
    Git,
    /// A GitHub repository.
    GitHub,
    /// A GitLab repository.
    GitLab,
    /// A directory of the machine that registered the flow.
    Local,
    /// An importable Python module.
    Module,
    /// An S3 bucket.
    S3,
    /// HTTP requests that store and load the flow.
    Webhook,
}

impl StorageKind {
    /// Every kind.
    pub const ALL: [Self; 12] = [
        Self::Azure,
        Self::Bitbucket,
        Self::CodeCommit,
        Self::Docker,
        Self::Gcs,
        Self::Git,
        Self::GitHub,
        Self::GitLab,
        Self::Local,
        Self::Module,
        Self::S3,
        Self::Webhook,
    ];

    /// The name on the wire, e.g. `GCS`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Azure => "Azure",
            Self::Bitbucket => "Bitbucket",
            Self::CodeCommit => "CodeCommit",
            Self::Docker => "Docker",
            Self::Gcs => "GCS",
            Self::Git => "Git",
            Self::GitHub => "GitHub",
            Self::GitLab => "GitLab",
            Self::Local => "Local",
            Self::Module => "Module",
            Self::S3 => "S3",
            Self::Webhook => "Webhook",
        }
    }

    /// The kind with this name on the wire.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The objects without which the constructor of the type fails.
    fn required_objects(self) -> &'static [&'static str] {
        match self {
            Self::Webhook => &["build_request_kwargs", "get_flow_request_kwargs"],
            _ => &[],
        }
    }

    /// The text fields without which the constructor of the type fails.
    fn required_fields(self) -> &'static [&'static str] {
        match self {
            Self::Azure => &["container"],
            Self::Bitbucket => &["project", "repo"],
            Self::CodeCommit | Self::GitLab => &["repo"],
            Self::Docker => &["image_name", "image_tag"],
            Self::Gcs | Self::S3 => &["bucket"],
            Self::Git => &["flow_path"],
            Self::GitHub => &["repo", "path"],
            Self::Local => &[],
            Self::Module => &["module"],
            Self::Webhook => &["build_request_http_method", "get_flow_request_http_method"],
        }
    }

    /// The text fields that name an HTTP method.
    fn http_methods(self) -> &'static [&'static str] {
        match self {
            Self::Webhook => &["build_request_http_method", "get_flow_request_http_method"],
            _ => &[],
        }
    }

    /// The text fields that may be absent or null.
    fn optional_texts(self) -> &'static [&'static str] {
        match self {
            Self::Azure => &["connection_string_secret", "blob_name"],
            Self::Bitbucket => &[
                "workspace",
                "host",
                "path",
                "ref",
                "access_token_secret",
                "cloud_username_secret",
                "cloud_app_password_secret",
            ],
            Self::CodeCommit => &["path", "commit"],
            Self::Docker => &["registry_url", "path"],
            Self::Gcs => &["key", "project"],
            Self::Git => &[
                "repo",
                "repo_host",
                "flow_name",
                "git_token_secret_name",
                "git_token_username",
                "git_clone_url_secret_name",
                "branch_name",
                "tag",
                "commit",
            ],
            Self::GitHub => &["ref", "access_token_secret", "base_url"],
            Self::GitLab => &["path", "host", "ref", "access_token_secret"],
            Self::Local => &["directory", "path"],
            Self::Module | Self::Webhook => &[],
            Self::S3 => &["key"],
        }
    }

    /// Fields of which at most one may hold something.
    fn exclusive_fields(self) -> &'static [&'static str] {
        match self {
            Self::Bitbucket => &["workspace", "access_token_secret"],
            Self::Git => &["branch_name", "tag", "commit"],
            _ => &[],
        }
    }
}

impl fmt::Display for StorageKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// A flow stored as Prefect 1 stores it.
#[derive(Debug, Clone, PartialEq)]
pub struct PrefectStorage {
    kind: StorageKind,
    image: Option<String>,
    document: Map<String, Value>,
}

impl PrefectStorage {
    /// Which storage type it is.
    pub fn kind(&self) -> StorageKind {
        self.kind
    }

    /// The image of Docker storage.
    pub fn image(&self) -> Option<&str> {
        self.image.as_deref()
    }

    /// Where in the image of Docker storage the flow of this name is (prefect 1.4.1 `Docker.flows`).
    pub fn path_in_image(&self, flow: &str) -> Option<&str> {
        self.image.as_ref()?;
        self.document.get("flows")?.get(flow)?.as_str()
    }

    /// The interpreter that registered the flow, by its path on the machine that it did so on; only Castra notes it.
    pub fn python(&self) -> Option<&str> {
        self.document.get("python").and_then(Value::as_str)
    }

    /// Whether a flow that Castra registered with this storage is written in Python: an image of Docker storage may hold a
    /// binary instead, and is Python's only if an interpreter is noted.
    pub fn holds_python(&self) -> bool {
        self.kind != StorageKind::Docker || self.python().is_some()
    }

    pub(super) fn read(document: &Map<String, Value>) -> Result<Self, StorageError> {
        let name = document.get("type").and_then(Value::as_str).unwrap_or_default();
        let kind = StorageKind::from_name(name)
            .ok_or_else(|| StorageError::UnknownType { value: name.to_owned() })?;
        for field in kind.required_fields() {
            required_text(document, kind.name(), field)?;
        }
        for field in kind.http_methods() {
            if !HTTP_METHODS.contains(&required_text(document, kind.name(), field)?.as_str()) {
                let expected = "GET, PATCH, POST or PUT";
                return Err(StorageError::WrongField { kind: kind.name(), field, expected });
            }
        }
        for field in kind.required_objects() {
            if !document.get(*field).is_some_and(Value::is_object) {
                return Err(StorageError::WrongField { kind: kind.name(), field, expected: "an object" });
            }
        }
        for field in kind.optional_texts() {
            if !document.get(*field).is_none_or(|value| value.is_null() || value.is_string()) {
                return Err(StorageError::WrongField { kind: kind.name(), field, expected: "text" });
            }
        }
        let given: Vec<_> =
            kind.exclusive_fields().iter().filter(|field| !is_empty(document, field)).collect();
        if let [first, second, ..] = given[..] {
            return Err(StorageError::Exclusive { kind: kind.name(), first, second });
        }
        if kind == StorageKind::Git
            && ["repo", "git_clone_url_secret_name"].iter().all(|field| absent(document, field))
        {
            return Err(StorageError::WrongField {
                kind: kind.name(),
                field: "repo",
                expected: "text, unless `git_clone_url_secret_name` is given",
            });
        }
        let image = (kind == StorageKind::Docker).then(|| docker_image(document)).transpose()?;
        Ok(Self { kind, image, document: document.clone() })
    }

    pub(super) fn to_json(&self) -> Value {
        Value::Object(self.document.clone())
    }
}

fn absent(document: &Map<String, Value>, field: &str) -> bool {
    document.get(field).is_none_or(Value::is_null)
}

fn is_empty(document: &Map<String, Value>, field: &str) -> bool {
    document.get(field).is_none_or(|value| value.is_null() || value == "")
}

pub(super) fn kind_names() -> String {
    StorageKind::ALL.map(StorageKind::name).join(", ")
}

/// `registry_url/image_name:image_tag`, joined as paths are (prefect 1.4.1 `Docker.name`).
fn docker_image(document: &Map<String, Value>) -> Result<String, StorageError> {
    let kind = StorageKind::Docker.name();
    let name = required_text(document, kind, "image_name")?;
    let tag = required_text(document, kind, "image_tag")?;
    let registry = document.get("registry_url").and_then(Value::as_str).unwrap_or_default();
    let joined = match registry {
        "" => name,
        _ if name.starts_with('/') => name,
        registry => format!("{registry}/{name}"),
    };
    let root = if joined.starts_with('/') { "/" } else { "" };
    let parts: Vec<&str> = joined.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    Ok(format!("{root}{}:{tag}", parts.join("/")))
}
