//! The transport: one GraphQL document goes out, its data or a [`ClientError`] comes back. What is asked stands in the
//! verbs' own files.

use std::fmt;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{StatusCode, Url};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::ClientError;
use crate::retry::Retries;
use crate::tls;
use castra_core::credential::Credential;

/// How long an answer is waited for, as in Prefect 1. Long polls add their own wait.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(15);

/// How much of an answer that is no answer is quoted, in characters.
const QUOTED: usize = 300;

/// A client of one server. Cheap to clone; clones share connections.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    url: Url,
    retries: Retries,
}

impl Client {
    /// A client of the server at `api_url`, e.g. `http://127.0.0.1:4200`; an address without a path means `/graphql`
    /// there. The credential goes with every request. Nothing is sent yet.
    ///
    /// # Errors
    /// [`ClientError::BadAddress`] and [`ClientError::BadCredential`].
    pub fn new(api_url: &str, credential: Option<&Credential>) -> Result<Self, ClientError> {
        let url = graphql_url(api_url)?;
        let builder = reqwest::Client::builder()
            .redirect(Policy::none())
            .connect_timeout(REQUEST_TIMEOUT)
            .tcp_keepalive(Duration::from_secs(30))
            .tcp_nodelay(true)
            .user_agent(concat!("castra/", env!("CARGO_PKG_VERSION")))
            .default_headers(headers(credential)?);
        let builder = match tls::without_roots() {
            Some(tls) if url.scheme() == "http" => builder.tls_backend_preconfigured(tls),
            _ => {
                tls::install_provider();
                builder
            }
        };
        let http = builder.build().map_err(|error| bad_address(api_url, reason(&error)))?;
        Ok(Self { http, url, retries: Retries::BRIEF })
    }

    /// The same client with another patience; a new one has [`Retries::BRIEF`].
    pub fn with_retries(self, retries: Retries) -> Self {
        Self { retries, ..self }
    }

    /// The address that requests go to.
    pub fn url(&self) -> &str {
        self.url.as_str()
    }

    /// Sends `document` with `variables` and reads `data` of the answer as `T`.
    ///
    /// # Errors
    /// Any [`ClientError`] but those of [`Client::new`]. What a retry can mend was tried again before.
    pub async fn call<T: DeserializeOwned>(
        &self,
        document: &str,
        variables: impl Serialize,
    ) -> Result<T, ClientError> {
        self.call_within(REQUEST_TIMEOUT, document, variables).await
    }

    /// [`Client::call`] with a timeout of its own per attempt, for long polls.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn call_within<T: DeserializeOwned>(
        &self,
        timeout: Duration,
        document: &str,
        variables: impl Serialize,
    ) -> Result<T, ClientError> {
        let body = self.body(document, variables)?;
        let mut attempt = 1;
        loop {
            let answer = self.send(body.clone(), timeout).await.and_then(|answer| self.read(&answer));
            let Err(error) = answer else { return answer };
            // A request that timed out has used up its caller's patience; whether to go on is the caller's to say.
            let mendable = error.is_transient() && !matches!(error, ClientError::TimedOut { .. });
            match self.retries.delay_after(attempt, rand::random()) {
                Some(delay) if mendable => {
                    tracing::debug!(%error, attempt, ?delay, "the server gave no answer, trying again");
                    tokio::time::sleep(delay).await;
                    attempt += 1;
                }
                _ => return Err(error),
            }
        }
    }

    fn body(&self, document: &str, variables: impl Serialize) -> Result<Vec<u8>, ClientError> {
        serde_json::to_vec(&Request { query: document, variables })
            .map_err(|error| self.malformed(format!("the variables have no JSON form: {error}")))
    }

    /// One attempt. Answers with the body of an answer in GraphQL's form, whatever its status was.
    async fn send(&self, body: Vec<u8>, timeout: Duration) -> Result<Vec<u8>, ClientError> {
        let request = self.http.post(self.url.clone()).header("content-type", "application/json");
        let failed = |error| self.not_sent(&error, timeout);
        let response = request.timeout(timeout).body(body).send().await.map_err(failed)?;
        let status = response.status();
        let body = response.bytes().await.map_err(failed)?;
        let may_be_graphql = status.is_client_error() || status == StatusCode::SERVICE_UNAVAILABLE;
        match status.is_success() || (may_be_graphql && is_graphql(&body)) {
            true => Ok(body.into()),
            false => Err(self.failed(status, &body)),
        }
    }

    fn read<T: DeserializeOwned>(&self, answer: &[u8]) -> Result<T, ClientError> {
        // The data is read as `T` only where there are no errors: next to errors it may be null.
        let outline: Outline = serde_json::from_slice(answer).map_err(|error| self.unreadable(&error))?;
        if let Some(refused) = refusal(outline.errors) {
            return Err(refused);
        }
        let answer: Answer<T> = serde_json::from_slice(answer).map_err(|error| self.unreadable(&error))?;
        Ok(answer.data)
    }

    fn not_sent(&self, error: &reqwest::Error, timeout: Duration) -> ClientError {
        let url = self.url.to_string();
        match error.is_timeout() && !error.is_connect() {
            true => ClientError::TimedOut { url, seconds: timeout.as_secs() },
            false => ClientError::Unreachable { url, reason: reason(error) },
        }
    }

    fn failed(&self, status: StatusCode, body: &[u8]) -> ClientError {
        let body = String::from_utf8_lossy(body).trim().chars().take(QUOTED).collect();
        ClientError::Failed { url: self.url.to_string(), status: status.as_u16(), body }
    }

    fn unreadable(&self, error: &serde_json::Error) -> ClientError {
        self.malformed(error.to_string())
    }

    fn malformed(&self, reason: String) -> ClientError {
        ClientError::Malformed { url: self.url.to_string(), reason }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("url", &self.url.as_str()).finish_non_exhaustive()
    }
}

#[derive(Serialize)]
struct Request<'a, V> {
    query: &'a str,
    variables: V,
}

#[derive(Deserialize)]
struct Outline {
    #[serde(default)]
    errors: Option<Vec<GraphqlError>>,
}

#[derive(Deserialize)]
struct Answer<T> {
    data: T,
}

#[derive(Deserialize)]
struct GraphqlError {
    message: String,
    #[serde(default)]
    extensions: Option<Value>,
}

/// The errors of an answer as one refusal: every message, the first code.
fn refusal(errors: Option<Vec<GraphqlError>>) -> Option<ClientError> {
    let errors = errors.filter(|errors| !errors.is_empty())?;
    let code =
        errors.iter().find_map(|error| Some(error.extensions.as_ref()?.get("code")?.as_str()?.to_owned()));
    let messages: Vec<_> = errors.into_iter().map(|error| error.message).collect();
    Some(ClientError::Refused { message: messages.join("; "), code })
}

fn is_graphql(body: &[u8]) -> bool {
    serde_json::from_slice::<Outline>(body).is_ok_and(|outline| outline.errors.is_some())
}

fn graphql_url(api_url: &str) -> Result<Url, ClientError> {
    if !["http://", "https://"].iter().any(|scheme| api_url.starts_with(scheme)) {
        return Err(bad_address(api_url, "it begins neither with http:// nor with https://".to_owned()));
    }
    let mut url = Url::parse(api_url).map_err(|error| bad_address(api_url, error.to_string()))?;
    if url.path() == "/" {
        url.set_path("/graphql");
    }
    Ok(url)
}

fn headers(credential: Option<&Credential>) -> Result<HeaderMap, ClientError> {
    let mut headers = HeaderMap::new();
    if let Some(credential) = credential {
        let mut value = HeaderValue::try_from(format!("Bearer {}", credential.expose()))
            .map_err(|_| ClientError::BadCredential)?;
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    Ok(headers)
}

fn bad_address(url: &str, reason: String) -> ClientError {
    ClientError::BadAddress { url: url.to_owned(), reason }
}

/// The innermost words of an error: `Connection refused`, not the layers around it.
fn reason(error: &reqwest::Error) -> String {
    let mut innermost: &dyn std::error::Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
