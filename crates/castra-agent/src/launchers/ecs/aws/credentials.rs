//! As whom the agent speaks to AWS: what AWS' own chain finds (environment, profile, single sign-on, web identity, the role
//! of a task or machine), kept until it is about to expire.

use std::fmt;
use std::time::{Duration, SystemTime};

use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_smithy_http_client::tls;
use aws_types::SdkConfig;
use tokio::sync::Mutex;

use super::error::AwsError;
use crate::launchers::location::innermost;

/// So long before they expire, credentials are renewed.
const RENEWAL: Duration = Duration::from_secs(300);

/// What AWS' chain finds for this process. `region` beats what the environment and the profile say.
pub(crate) async fn load(region: Option<String>) -> SdkConfig {
    let tls = tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring);
    let http_client = aws_smithy_http_client::Builder::new().tls_provider(tls).build_https();
    let mut loader = aws_config::defaults(BehaviorVersion::latest()).http_client(http_client);
    if let Some(region) = region {
        loader = loader.region(Region::new(region));
    }
    loader.load().await
}

/// Credentials, as long as they are good.
pub(super) struct Known {
    provider: Option<SharedCredentialsProvider>,
    credentials: Mutex<Option<Credentials>>,
}

impl Known {
    pub(super) fn new(sdk: &SdkConfig) -> Self {
        Self { provider: sdk.credentials_provider(), credentials: Mutex::default() }
    }

    /// The credentials to sign with.
    pub(super) async fn get(&self, now: SystemTime) -> Result<Credentials, AwsError> {
        let mut known = self.credentials.lock().await;
        if let Some(credentials) = known.as_ref().filter(|credentials| is_good(credentials, now)) {
            return Ok(credentials.clone());
        }
        let none = || AwsError::NoCredentials("nothing provides any".to_owned());
        let provided = self.provider.as_ref().ok_or_else(none)?.provide_credentials().await;
        let provided = provided.map_err(|error| {
            AwsError::NoCredentials(match &error {
                CredentialsError::CredentialsNotLoaded(_) => innermost(&error),
                error => words(error),
            })
        })?;
        *known = Some(provided.clone());
        Ok(provided)
    }

    /// AWS does not take them: the next request asks for new ones.
    pub(super) async fn forget(&self) {
        self.credentials.lock().await.take();
    }
}

impl fmt::Debug for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Known")
    }
}

fn is_good(credentials: &Credentials, now: SystemTime) -> bool {
    credentials.expiry().is_none_or(|expiry| now + RENEWAL < expiry)
}

/// An error with its reasons: the outermost only says that loading failed.
fn words(error: &dyn std::error::Error) -> String {
    let mut words = vec![error.to_string()];
    let mut source = error.source();
    while let Some(inner) = source {
        words.push(inner.to_string());
        source = inner.source();
    }
    words.dedup();
    words.join(": ")
}
