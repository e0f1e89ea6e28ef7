//! A secret that is sent with requests and shown nowhere.

use std::fmt;

/// The variables by which a flow-run process is given its credential: of each runtime, and of Prefect before 1.0.
pub const CREDENTIAL_VARIABLES: [&str; 3] =
    ["CASTRA_API_KEY", "PREFECT__CLOUD__API_KEY", "PREFECT__CLOUD__AUTH_TOKEN"];

/// What a request is authorized with: a flow run's credential, or an API key. Its `Debug` and `Display` never show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Credential(String);

impl Credential {
    /// Takes the secret as it was handed out.
    pub fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }

    /// The secret itself, for the one place that sends it or hands it to a process. Never log it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credential(…)")
    }
}

impl fmt::Display for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_never_shown() {
        let credential = Credential::new("castra_1_secret");
        assert_eq!(format!("{credential:?} {credential}"), "Credential(…) …");
    }
}
