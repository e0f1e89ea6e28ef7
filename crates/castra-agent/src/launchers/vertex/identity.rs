//! Identity: who the agent is to Google Cloud, and in which project. Credentials are found as all of Google's tools find
//! them (application default credentials); renewing tokens is google-cloud-auth's.

use std::path::PathBuf;
use std::time::Duration;

use google_cloud_auth::credentials::{Builder, CacheableResource, Credentials};
use reqwest::header::HeaderMap;
use serde_json::Value;
use tokio::time::timeout;

use super::api::ApiError;
use crate::launchers::tls::install_tls_provider;

/// What the agent asks to be allowed: the roles of its account say what it may do.
const SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";
/// How long a token may take to come.
const TOKEN: Duration = Duration::from_secs(30);
/// How long the metadata server may take; away from Google Cloud there is none.
const METADATA: Duration = Duration::from_secs(5);
/// What a person does whose credentials do not work.
const HINT: &str = "give the agent credentials that work: `gcloud auth application-default login`, a file that \
                    GOOGLE_APPLICATION_CREDENTIALS names, or a service account of its machine";

/// Who the agent is.
#[derive(Clone, Debug)]
pub(crate) struct Identity(Credentials);

impl Identity {
    /// With credentials that were made elsewhere.
    pub(crate) fn new(credentials: Credentials) -> Self {
        Self(credentials)
    }

    /// The application default credentials of this process: the file that `GOOGLE_APPLICATION_CREDENTIALS` names, those of
    /// `gcloud auth application-default login`, else the account of the machine.
    ///
    /// # Errors
    /// Why there are none, in words.
    pub(crate) fn of_this_process() -> Result<Self, String> {
        install_tls_provider();
        Builder::default().with_scopes([SCOPE]).build().map(Self).map_err(|error| chain(&error))
    }

    /// What goes with every request.
    ///
    /// # Errors
    /// [`ApiError::NoCredentials`]
    pub(crate) async fn headers(&self) -> Result<HeaderMap, ApiError> {
        let no_credentials = |reason: String| ApiError::NoCredentials { reason, hint: HINT };
        let late = || no_credentials(format!("no token came within {} s", TOKEN.as_secs()));
        match timeout(TOKEN, self.0.headers(Default::default())).await.map_err(|_| late())? {
            Ok(CacheableResource::New { data, .. }) => Ok(data),
            // That would be the answer to somebody who has kept an earlier one.
            Ok(CacheableResource::NotModified) => Err(no_credentials("no token came".to_owned())),
            Err(error) => Err(no_credentials(chain(&error))),
        }
    }
}

/// The project of this process, as Google's tools find it: `GOOGLE_CLOUD_PROJECT`, that of the credentials' file, that of the
/// machine. `None` if nothing says it.
pub(crate) async fn project_of_this_process() -> Option<String> {
    let named = ["GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT"].map(|name| std::env::var(name).ok());
    if let Some(project) = named.into_iter().flatten().find(|project| !project.is_empty()) {
        return Some(project);
    }
    match credentials_file() {
        Some(document) => project_of_file(&document),
        None => project_of_machine().await,
    }
}

fn credentials_file() -> Option<Value> {
    let well_known = || {
        Some(
            PathBuf::from(std::env::var_os("HOME")?)
                .join(".config/gcloud/application_default_credentials.json"),
        )
    };
    let path = std::env::var_os("GOOGLE_APPLICATION_CREDENTIALS").map(PathBuf::from).or_else(well_known)?;
    serde_json::from_str(&std::fs::read_to_string(path).ok()?).ok()
}

/// The key of a service account is one project's; a person's credentials name the one that pays.
fn project_of_file(document: &Value) -> Option<String> {
    let text = |field: &str| Some(document.get(field)?.as_str()?.to_owned());
    text("project_id").or_else(|| text("quota_project_id"))
}

async fn project_of_machine() -> Option<String> {
    install_tls_provider();
    let host = std::env::var("GCE_METADATA_HOST").unwrap_or_else(|_| "metadata.google.internal".to_owned());
    let client = reqwest::Client::builder().no_proxy().timeout(METADATA).build().ok()?;
    let asked = client
        .get(format!("http://{host}/computeMetadata/v1/project/project-id"))
        .header("Metadata-Flavor", "Google");
    let answer = asked.send().await.ok()?.error_for_status().ok()?;
    answer.text().await.ok().map(|project| project.trim().to_owned()).filter(|project| !project.is_empty())
}

/// An error and what is behind it.
fn chain(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut error = error;
    while let Some(source) = error.source() {
        let more = source.to_string();
        if !words.contains(&more) {
            words = format!("{words}: {more}");
        }
        error = source;
    }
    words.trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_credentials_file_may_say_its_project() {
        let project = |document: Value| project_of_file(&document);
        assert_eq!(project(json!({ "type": "service_account", "project_id": "p" })).as_deref(), Some("p"));
        assert_eq!(
            project(json!({ "type": "authorized_user", "quota_project_id": "q" })).as_deref(),
            Some("q")
        );
        assert_eq!(project(json!({ "type": "external_account" })), None);
    }
}
