//! Who sends a request: read from its headers, handed to every mutation. Parsing only; whether a credential is good is
//! the store's to say.

use std::fmt;
use std::str::FromStr;

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use uuid::Uuid;

use super::errors::Error;

/// Sent by Prefect's agents with every request after their registration.
const AGENT_ID: &str = "x-prefect-agent-id";
/// What every credential of a flow run begins with.
const CREDENTIAL_PREFIX: &str = "castra_";

/// Who sends a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Caller {
    /// The agent that says it is calling. Nothing proves it.
    pub(crate) agent_id: Option<Uuid>,
    /// What a flow run's process shows.
    pub(crate) credential: Option<Credential>,
}

impl Caller {
    /// Reads `X-PREFECT-AGENT-ID` and `Authorization: Bearer …`. Headers that mean nothing to Castra are ignored, API
    /// keys that users of Prefect Cloud have configured among them.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] for what begins as a flow run's credential and is none: to go on without it would
    /// turn off the fence around the run's states.
    pub(crate) fn from_headers(headers: &HeaderMap) -> Result<Self, Error> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let credential = text(AUTHORIZATION.as_str())
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim())
            .filter(|token| token.starts_with(CREDENTIAL_PREFIX))
            .map(str::parse)
            .transpose()?;
        Ok(Self { agent_id: text(AGENT_ID).and_then(|id| Uuid::parse_str(id).ok()), credential })
    }
}

/// A flow run's credential, `castra_<launch id>_<secret>`. Its secret never shows in a log.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Credential {
    /// The launch it was given to.
    pub(crate) launch_id: Uuid,
    /// What proves it.
    pub(crate) secret: String,
}

impl FromStr for Credential {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        text.strip_prefix(CREDENTIAL_PREFIX)
            .and_then(|rest| rest.split_once('_'))
            .filter(|(_, secret)| !secret.is_empty())
            .and_then(|(id, secret)| {
                Some(Self { launch_id: Uuid::parse_str(id).ok()?, secret: secret.to_owned() })
            })
            .ok_or_else(|| {
                Error::Unauthenticated(
                    "the credential in the Authorization header is damaged: send castra_<launch id>_<secret> as it was given \
                     to the flow run's process"
                        .to_owned(),
                )
            })
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential").field("launch_id", &self.launch_id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAUNCH: Uuid = Uuid::from_u128(0x0190_0000_0000_0000_0000_0000_0000_0001);

    fn caller(headers: &[(&'static str, &str)]) -> Result<Caller, Error> {
        let headers = headers.iter().map(|(name, value)| {
            (axum::http::HeaderName::from_static(name), axum::http::HeaderValue::from_str(value).unwrap())
        });
        Caller::from_headers(&headers.collect())
    }

    #[test]
    fn a_credential_is_read_and_its_secret_stays_out_of_logs() {
        let caller = caller(&[("authorization", &format!("Bearer castra_{LAUNCH}_s3_cret"))]).unwrap();
        let credential = caller.credential.unwrap();
        assert_eq!((credential.launch_id, credential.secret.as_str()), (LAUNCH, "s3_cret"));
        assert!(!format!("{credential:?}").contains("cret\""), "{credential:?}");
    }

    #[test]
    fn what_means_nothing_is_ignored() {
        for authorization in ["Bearer pcu_a_cloud_key", "Basic Zm9vOmJhcg==", "", "Bearer"] {
            let headers = [("authorization", authorization), ("x-prefect-agent-id", "no id")];
            assert_eq!(caller(&headers).unwrap(), Caller::default());
        }
    }

    #[test]
    fn a_damaged_credential_is_refused() {
        for token in ["castra_", "castra_x_y", &format!("castra_{LAUNCH}"), &format!("castra_{LAUNCH}_")] {
            let error = caller(&[("authorization", &format!("bearer {token}"))]).unwrap_err();
            assert!(matches!(error, Error::Unauthenticated(_)), "{token}: {error}");
        }
    }
}
