//! What can go wrong between a client and the server, told by its meaning and with what to do next.

/// Why a call gave no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// The address is no address.
    #[error("`{url}` is no address of a Castra server ({reason}): give one like http://127.0.0.1:4200")]
    BadAddress {
        /// What was given.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The credential cannot travel in a header.
    #[error(
        "the credential has characters that no header may carry: was it copied in full, without line breaks?"
    )]
    BadCredential,
    /// Nobody answered, after every attempt.
    #[error(
        "cannot reach the Castra server at {url} ({reason}): is it running? `castra server start` starts one"
    )]
    Unreachable {
        /// Where it was looked for.
        url: String,
        /// What the network said.
        reason: String,
    },
    /// The server took the request and did not answer in time.
    #[error("the Castra server at {url} did not answer within {seconds} s: is it overloaded? See its log")]
    TimedOut {
        /// Who was asked.
        url: String,
        /// How long the answer was waited for, in seconds.
        seconds: u64,
    },
    /// The server understood and said no.
    #[error("{message}")]
    Refused {
        /// The server's words.
        message: String,
        /// Its code from `extensions.code`, if it gave one.
        code: Option<String>,
    },
    /// The server, or something in between, answered with an HTTP status that is no answer.
    #[error("the Castra server at {url} answered with HTTP status {status}: {body}")]
    Failed {
        /// Who was asked.
        url: String,
        /// The status.
        status: u16,
        /// The beginning of what came with it.
        body: String,
    },
    /// The answer is not what this client understands.
    #[error("the answer of {url} is not understood ({reason}): is it a Castra server of the same version?")]
    Malformed {
        /// Who was asked.
        url: String,
        /// What does not fit.
        reason: String,
    },
}

impl ClientError {
    /// True if the same call may succeed later without anybody changing it: the server is away, slow or in trouble.
    pub fn is_transient(&self) -> bool {
        match self {
            ClientError::Unreachable { .. } | ClientError::TimedOut { .. } => true,
            ClientError::Failed { status, .. } => *status >= 500,
            // Its disk is full, or its database is locked.
            ClientError::Refused { code, .. } => code.as_deref() == Some("UNAVAILABLE"),
            _ => false,
        }
    }

    /// The server's code for a refusal, if this is one and has one.
    pub fn code(&self) -> Option<&str> {
        match self {
            ClientError::Refused { code, .. } => code.as_deref(),
            _ => None,
        }
    }
}
