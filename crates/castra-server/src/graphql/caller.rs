//! Who sends a request: read from its headers, handed to every mutation. Parsing only; whether a credential is good is
//! the store's to say.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use castra_store::credential::{Credential, PREFIX};
use uuid::Uuid;

use super::errors::Error;

/// Sent by Prefect's agents with every request after their registration.
const AGENT_ID: &str = "x-prefect-agent-id";

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
            .filter(|token| token.starts_with(PREFIX))
            .map(str::parse::<Credential>)
            .transpose()
            .map_err(|error| Error::Unauthenticated(error.to_string()))?;
        Ok(Self { agent_id: text(AGENT_ID).and_then(|id| Uuid::parse_str(id).ok()), credential })
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
        let credential = format!("{:?}", caller.credential.unwrap());
        assert!(credential.contains(&LAUNCH.to_string()), "{credential}");
        assert!(!credential.contains("s3_cret"), "{credential}");
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
