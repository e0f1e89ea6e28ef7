//! Location: a small file, e.g. a job template, is read from wherever people keep it: the agent's machine, a web server,
//! S3, Google Cloud Storage or Azure. What its text means is for whoever asked.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use castra_core::path::local_file;
use castra_core::yaml::{self, YamlError};
use futures::TryStreamExt;
use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::{ClientOptions, ObjectStore, ObjectStoreExt, ObjectStoreScheme, RetryConfig};
use reqwest::{StatusCode, Url};
use serde_json::Value;
use tokio::io::AsyncReadExt;

use crate::launchers::LaunchError;
use crate::launchers::tls::install_tls_provider;

/// Larger files are refused: no job template is, and a log file named by mistake should not fill the memory.
pub const LARGEST: usize = 1 << 20;
/// How long all of it may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a store is asked again when it cannot answer.
const RETRIES: Duration = Duration::from_secs(10);

/// Why the file at a location cannot be taken. The location is shown without what may be secret in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LocationError {
    /// Nothing is there.
    #[error("there is no file at {location}{hint}")]
    NotFound {
        /// Where it should be.
        location: String,
        /// What may be meant instead, if anything.
        hint: &'static str,
    },
    /// The agent may not read it.
    #[error("the agent may not read {location}: {reason}. Grant it the permission to read it")]
    Forbidden {
        /// Where it is.
        location: String,
        /// Who says so, in which words.
        reason: String,
    },
    /// The agent has nothing to identify itself with.
    #[error("the agent has no credentials for {location}: set {variables} in its environment ({reason})")]
    NoCredentials {
        /// Where it is.
        location: String,
        /// The environment variables that usually hold them.
        variables: &'static str,
        /// What was tried last.
        reason: String,
    },
    /// No file can be read from there.
    #[error("{location} cannot be read: {reason}")]
    NoLocation {
        /// The location as it was given.
        location: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The file is larger than [`LARGEST`].
    #[error("the file at {location} is larger than 1 MiB: it is hardly the one that is meant")]
    TooLarge {
        /// Where it is.
        location: String,
    },
    /// No answer, or none that helps; there may be one later.
    #[error("{location} cannot be reached: {reason}")]
    Unreachable {
        /// Where it is.
        location: String,
        /// What happened.
        reason: String,
    },
    /// The file is not text.
    #[error("the file at {location} is not text in UTF-8")]
    NotText {
        /// Where it is.
        location: String,
    },
    /// The file is not YAML.
    #[error("the file at {location} is not YAML: {source}")]
    NotYaml {
        /// Where it is.
        location: String,
        /// What is wrong in it.
        source: YamlError,
    },
}

impl From<LocationError> for LaunchError {
    fn from(error: LocationError) -> Self {
        match error {
            LocationError::Unreachable { .. } => Self::NotLaunched(error.to_string()),
            _ => Self::Refused(error.to_string()),
        }
    }
}

/// How the agent's machine reads files by location.
#[derive(Clone)]
pub struct Locations {
    environment: BTreeMap<String, String>,
}

impl Locations {
    /// With the credentials that this process has in its environment.
    pub fn of_this_process() -> Self {
        let unicode = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        Self::new(std::env::vars_os().filter_map(unicode))
    }

    /// With the credentials in these environment variables: `AWS_…`, `GOOGLE_…` and `AZURE_…`, as the tools of those
    /// clouds name them.
    pub fn new(environment: impl IntoIterator<Item = (String, String)>) -> Self {
        Self { environment: environment.into_iter().collect() }
    }

    /// The YAML document at a location, read as PyYAML reads it; null if it is empty.
    ///
    /// # Errors
    /// [`LocationError`]
    pub async fn read_yaml(&self, location: &str) -> Result<Value, LocationError> {
        let text = self.read_text(location).await?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        yaml::parse(text).map_err(|source| LocationError::NotYaml { location: shown(location), source })
    }

    /// The text at a location: a path or a URL with the scheme `agent`, `file`, `http`, `https`, `s3`, `gs`, `gcs` or `az`.
    ///
    /// # Errors
    /// [`LocationError`]
    pub async fn read_text(&self, location: &str) -> Result<String, LocationError> {
        let bytes = match tokio::time::timeout(PATIENCE, self.read(location)).await {
            Ok(bytes) => bytes?,
            Err(_) => {
                let reason = format!("no answer within {} s", PATIENCE.as_secs());
                return Err(LocationError::Unreachable { location: shown(location), reason });
            }
        };
        String::from_utf8(bytes).map_err(|_| LocationError::NotText { location: shown(location) })
    }

    async fn read(&self, location: &str) -> Result<Vec<u8>, LocationError> {
        let scheme = location.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
        match scheme.as_deref() {
            None | Some("file" | "local" | "agent") => read_file(location).await,
            Some("http" | "https") => read_http(location).await,
            Some("s3" | "gs" | "gcs" | "az") => self.read_object(location).await,
            Some(_) => Err(LocationError::NoLocation {
                location: shown(location),
                reason: "its scheme is none of agent://, file://, https://, http://, s3://, gs://, gcs:// and az://"
                    .to_owned(),
            }),
        }
    }

    async fn read_object(&self, location: &str) -> Result<Vec<u8>, LocationError> {
        let url = location.replacen("gcs://", "gs://", 1);
        let url = Url::parse(&url).map_err(|error| no_location(location, error))?;
        let (scheme, path) = ObjectStoreScheme::parse(&url).map_err(|error| no_location(location, error))?;
        install_tls_provider();
        let cloud = Cloud::new(&scheme);
        let explained = |error| self.explained(location, &cloud, error);
        let store = cloud.store(&url, &self.environment).map_err(explained)?;
        let object = store.get(&path).await.map_err(explained)?;
        limited(location, object.into_stream().map_err(explained)).await
    }

    /// What an error of a store means.
    fn explained(&self, location: &str, cloud: &Cloud, error: object_store::Error) -> LocationError {
        use object_store::Error;
        let (location, reason) = (shown(location), without_queries(&innermost(&error)));
        match error {
            Error::NotFound { .. } => LocationError::NotFound { location, hint: "" },
            Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => {
                LocationError::Forbidden { location, reason }
            }
            _ if !cloud.has_credentials(&self.environment) => {
                LocationError::NoCredentials { location, variables: cloud.usual_variables, reason }
            }
            _ => LocationError::Unreachable { location, reason },
        }
    }
}

/// A provider of object stores, and its environment variables.
struct Cloud {
    scheme: ObjectStoreScheme,
    prefix: &'static str,
    /// Any of these means that there are credentials.
    credentials: &'static [&'static str],
    usual_variables: &'static str,
}

impl Cloud {
    fn new(scheme: &ObjectStoreScheme) -> Self {
        let (prefix, credentials, usual_variables): (_, &[_], _) = match scheme {
            ObjectStoreScheme::GoogleCloudStorage => (
                "GOOGLE_",
                &["GOOGLE_SERVICE_ACCOUNT", "GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_SKIP_SIGNATURE"],
                "GOOGLE_APPLICATION_CREDENTIALS",
            ),
            ObjectStoreScheme::MicrosoftAzure => (
                "AZURE_",
                &[
                    "AZURE_STORAGE_ACCOUNT_KEY",
                    "AZURE_STORAGE_ACCESS_KEY",
                    "AZURE_STORAGE_SAS",
                    "AZURE_CLIENT_",
                    "AZURE_FEDERATED_TOKEN_FILE",
                    "AZURE_SKIP_SIGNATURE",
                ],
                "AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY",
            ),
            _ => (
                "AWS_",
                &[
                    "AWS_ACCESS_KEY_ID",
                    "AWS_WEB_IDENTITY_TOKEN_FILE",
                    "AWS_CONTAINER_CREDENTIALS",
                    "AWS_SKIP_SIGNATURE",
                ],
                "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_DEFAULT_REGION",
            ),
        };
        Self { scheme: scheme.clone(), prefix, credentials, usual_variables }
    }

    fn has_credentials(&self, environment: &BTreeMap<String, String>) -> bool {
        environment.keys().any(|name| self.credentials.iter().any(|known| name.starts_with(known)))
    }

    fn store(
        &self,
        url: &Url,
        environment: &BTreeMap<String, String>,
    ) -> object_store::Result<Box<dyn ObjectStore>> {
        let own = environment.iter().filter(|(name, _)| name.starts_with(self.prefix));
        // Whoever names an endpoint without TLS means it; for Google it is called a base URL.
        let names_endpoint = |name: &str| name.contains("ENDPOINT") || name.ends_with("_BASE_URL");
        let plain = own.clone().any(|(name, value)| names_endpoint(name) && value.starts_with("http://"));
        let options = ClientOptions::new().with_allow_http(plain);
        macro_rules! built {
            ($builder:ty) => {{
                let builder = <$builder>::new()
                    .with_url(url.as_str())
                    .with_client_options(options)
                    .with_retry(retries());
                let builder = own.fold(builder, |builder, (name, value)| {
                    match name.to_ascii_lowercase().parse() {
                        Ok(key) => builder.with_config(key, value),
                        // The clouds' tools have more variables than stores have options.
                        Err(_) => builder,
                    }
                });
                Ok(Box::new(builder.build()?))
            }};
        }
        match self.scheme {
            ObjectStoreScheme::GoogleCloudStorage => built!(GoogleCloudStorageBuilder),
            ObjectStoreScheme::MicrosoftAzure => built!(MicrosoftAzureBuilder),
            _ => built!(AmazonS3Builder),
        }
    }
}

fn retries() -> RetryConfig {
    RetryConfig { max_retries: 2, retry_timeout: RETRIES, ..RetryConfig::default() }
}

/// A file of the agent's machine (prefect 1.4.1 `read_bytes_from_path`).
async fn read_file(location: &str) -> Result<Vec<u8>, LocationError> {
    // After the scheme stands a host, which Prefect's agent ignores.
    let named_host = location.starts_with("agent://") && !location.starts_with("agent:///");
    let not_found = || {
        let hint = if named_host {
            "; after agent:// comes an absolute path, as in agent:///etc/job.yaml"
        } else {
            ""
        };
        LocationError::NotFound { location: location.to_owned(), hint }
    };
    if named_host && location.matches('/').count() == 2 {
        return Err(not_found());
    }
    let explained = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => not_found(),
        std::io::ErrorKind::PermissionDenied => {
            LocationError::Forbidden { location: location.to_owned(), reason: error.to_string() }
        }
        _ => no_location(location, error),
    };
    let current_directory = std::env::current_dir().map_err(explained)?;
    let path = location.replacen("agent://", "file://", 1);
    let path = local_file(&path, &current_directory.to_string_lossy()).ok_or_else(not_found)?;
    let path = Path::new(&path);
    // Opening a pipe would wait for somebody to write into it.
    if !tokio::fs::metadata(path).await.map_err(explained)?.is_file() {
        return Err(no_location(location, "it is not a file"));
    }
    let file = tokio::fs::File::open(path).await.map_err(explained)?;
    let mut bytes = Vec::new();
    file.take(LARGEST as u64 + 1).read_to_end(&mut bytes).await.map_err(explained)?;
    match bytes.len() > LARGEST {
        true => Err(LocationError::TooLarge { location: location.to_owned() }),
        false => Ok(bytes),
    }
}

async fn read_http(location: &str) -> Result<Vec<u8>, LocationError> {
    let unreachable = |error: reqwest::Error| LocationError::Unreachable {
        location: shown(location),
        reason: without_queries(&innermost(&error.without_url())),
    };
    let url = Url::parse(location).map_err(|error| no_location(location, error))?;
    install_tls_provider();
    let client = reqwest::Client::builder().build().map_err(unreachable)?;
    let answer = client.get(url).send().await.map_err(unreachable)?;
    match answer.status() {
        status if status.is_success() => limited(location, answer.bytes_stream().map_err(unreachable)).await,
        StatusCode::NOT_FOUND | StatusCode::GONE => {
            Err(LocationError::NotFound { location: shown(location), hint: "" })
        }
        status @ (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => Err(LocationError::Forbidden {
            location: shown(location),
            reason: format!("the server answers with status {status}"),
        }),
        status => Err(LocationError::Unreachable {
            location: shown(location),
            reason: format!("the server answers with status {status}"),
        }),
    }
}

/// All that a stream yields, unless that is too much.
async fn limited<B: AsRef<[u8]>>(
    location: &str,
    stream: impl futures::Stream<Item = Result<B, LocationError>>,
) -> Result<Vec<u8>, LocationError> {
    let collected = stream.try_fold(Vec::new(), async |mut bytes: Vec<u8>, more| {
        bytes.extend_from_slice(more.as_ref());
        match bytes.len() > LARGEST {
            true => Err(LocationError::TooLarge { location: shown(location) }),
            false => Ok(bytes),
        }
    });
    collected.await
}

fn no_location(location: &str, reason: impl ToString) -> LocationError {
    LocationError::NoLocation { location: shown(location), reason: without_queries(&reason.to_string()) }
}

/// The innermost words of an error: `Connection refused`, not the layers around it.
pub(crate) fn innermost(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

/// A location without what may be secret in it: the query of a URL, which signs it, and a password for its server.
fn shown(location: &str) -> String {
    let Some((scheme, rest)) = location.split_once("://") else { return location.to_owned() };
    if ["agent", "file", "local"].contains(&scheme.to_ascii_lowercase().as_str()) {
        return location.to_owned();
    }
    let end = rest.find(['?', '#']).unwrap_or(rest.len());
    let (rest, query) = rest.split_at(end);
    let (server, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let server = match scheme.to_ascii_lowercase().starts_with("http") {
        true => server.rsplit('@').next().unwrap_or(server),
        // `az://container@account/path`
        false => server,
    };
    let query = if query.is_empty() { "" } else { "?…" };
    format!("{scheme}://{server}{path}{query}")
}

/// A text of which every URL has lost its query.
fn without_queries(text: &str) -> String {
    text.split(' ')
        .map(|word| match word.contains("://") {
            true => shown(word),
            false => word.to_owned(),
        })
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests;
