//! What AWS' refusals mean. Pure. AWS names most of them by a code, but hides some in the words of another code.

use serde::Deserialize;
use serde_json::Value;

/// What AWS did not do, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AwsError {
    /// There was no answer.
    #[error("{service} does not answer: {reason}")]
    Away {
        /// Who.
        service: &'static str,
        /// What happened.
        reason: String,
        /// Whether it may have done what it was asked all the same.
        may_be_done: bool,
    },
    /// The agent cannot say who it is.
    #[error(
        "the agent has no AWS credentials: {0}. Give it some in one of the usual ways: AWS_ACCESS_KEY_ID and \
         AWS_SECRET_ACCESS_KEY, a profile (AWS_PROFILE), or a role of the machine or task that it runs on"
    )]
    NoCredentials(String),
    /// AWS answered that it would not.
    #[error("{}", words(service, code, message))]
    Answered {
        /// Who.
        service: &'static str,
        /// The status of the answer.
        status: u16,
        /// AWS' name for the refusal.
        code: String,
        /// Its words.
        message: String,
    },
}

/// What kind of trouble an error is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nature {
    /// AWS cannot be reached, or cannot answer for now.
    Away,
    /// Too many requests: later ones will be answered.
    Throttled,
    /// AWS does not take the agent's credentials, or there are none: that can be mended while the agent waits.
    Credentials,
    /// The agent may not do this.
    Denied,
    /// The request is wrong: asking again does not help.
    Refused,
}

/// Codes of what is throttled.
const THROTTLED: [&str; 9] = [
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottled",
    "RequestThrottledException",
    "RequestLimitExceeded",
    "TooManyRequestsException",
    "TooManyUpdates",
    "PriorRequestNotComplete",
];
/// What AWS says of it under other codes, e.g. ECS as `ClientException` where it is throttled by what it uses itself.
const THROTTLED_IN_WORDS: [&str; 4] =
    ["rate exceeded", "throttl", "too many requests", "too many concurrent attempts"];
const CREDENTIALS: [&str; 12] = [
    "ExpiredToken",
    "ExpiredTokenException",
    "RequestExpired",
    "RequestTimeTooSkewed",
    "UnrecognizedClientException",
    "InvalidClientTokenId",
    "AuthFailure",
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "IncompleteSignature",
    "MissingAuthenticationToken",
    "InvalidAccessKeyId",
];
const DENIED: [&str; 4] = ["AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "NotAuthorized"];

impl AwsError {
    /// What an answer of AWS' JSON APIs means.
    pub(super) fn from_json(service: &'static str, status: u16, header: Option<&str>, body: &[u8]) -> Self {
        let answer: Value = serde_json::from_slice(body).unwrap_or_default();
        let text = |field: &str| answer.get(field).and_then(Value::as_str);
        let code = text("__type").or(text("code")).or(header).unwrap_or_default();
        let message = text("message").or(text("Message")).unwrap_or_default();
        // `com.amazonaws.ecs#ClientException:http://…` is how some services write it.
        let code = code.rsplit('#').next().unwrap_or_default().split(':').next().unwrap_or_default();
        Self::Answered { service, status, code: code.to_owned(), message: message.to_owned() }
    }

    /// What an answer of EC2's query API means.
    pub(super) fn from_xml(service: &'static str, status: u16, body: &str) -> Self {
        let error = quick_xml::de::from_str::<QueryErrors>(body).unwrap_or_default().errors.error;
        Self::Answered { service, status, code: error.code, message: error.message }
    }

    /// What kind of trouble it is.
    pub(crate) fn nature(&self) -> Nature {
        let (status, code, message) = match self {
            Self::Away { .. } => return Nature::Away,
            Self::NoCredentials(_) => return Nature::Credentials,
            Self::Answered { status, code, message, .. } => (*status, code.as_str(), message.to_lowercase()),
        };
        if status == 429
            || THROTTLED.contains(&code)
            || THROTTLED_IN_WORDS.iter().any(|words| message.contains(words))
        {
            return Nature::Throttled;
        }
        match code {
            code if CREDENTIALS.contains(&code) => Nature::Credentials,
            code if DENIED.contains(&code) => Nature::Denied,
            _ if status >= 500 || code == "ServerException" => Nature::Away,
            _ => Nature::Refused,
        }
    }

    /// Whether waiting may mend it.
    pub(crate) fn is_transient(&self) -> bool {
        matches!(self.nature(), Nature::Away | Nature::Throttled | Nature::Credentials)
    }

    /// Whether AWS may have done what it was asked.
    pub(crate) fn may_be_done(&self) -> bool {
        match self {
            Self::Away { may_be_done, .. } => *may_be_done,
            Self::NoCredentials(_) => false,
            Self::Answered { .. } => self.nature() == Nature::Away,
        }
    }

    /// AWS' name for the refusal, if it is one.
    pub(crate) fn code(&self) -> &str {
        match self {
            Self::Answered { code, .. } => code,
            _ => "",
        }
    }

    /// AWS' words, if it has spoken.
    pub(crate) fn message(&self) -> &str {
        match self {
            Self::Answered { message, .. } => message,
            _ => "",
        }
    }
}

/// A refusal in words, with what to do about one of the credentials.
fn words(service: &str, code: &str, message: &str) -> String {
    let hint = match code {
        code if CREDENTIALS.contains(&code) => {
            ": AWS does not take the agent's credentials; renew or correct them"
        }
        _ => "",
    };
    match (code, message) {
        ("", "") => format!("{service} refuses without a word"),
        ("", message) => format!("{service}: {message}{hint}"),
        (code, "") => format!("{service}: {code}{hint}"),
        (code, message) => format!("{service}: {code}: {}{hint}", message.trim_end_matches('.')),
    }
}

#[derive(Default, Deserialize)]
struct QueryErrors {
    #[serde(rename = "Errors", default)]
    errors: QueryErrorList,
}

#[derive(Default, Deserialize)]
struct QueryErrorList {
    #[serde(rename = "Error", default)]
    error: QueryError,
}

#[derive(Default, Deserialize)]
struct QueryError {
    #[serde(rename = "Code", default)]
    code: String,
    #[serde(rename = "Message", default)]
    message: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(body: &str) -> AwsError {
        AwsError::from_json("ECS", 400, None, body.as_bytes())
    }

    #[test]
    fn refusals_are_read_however_they_are_written() {
        insta::assert_snapshot!(json(r#"{"__type":"ClusterNotFoundException","message":"Cluster not found."}"#), @"ECS: ClusterNotFoundException: Cluster not found");
        insta::assert_snapshot!(json(r#"{"__type":"com.amazonaws.ecs#ClientException","Message":"No."}"#), @"ECS: ClientException: No");
        insta::assert_snapshot!(AwsError::from_json("SSM", 400, Some("ParameterNotFound:http://x"), b""), @"SSM: ParameterNotFound");
        insta::assert_snapshot!(json("<html>"), @"ECS refuses without a word");
        let xml = "<Response><Errors><Error><Code>AuthFailure</Code><Message>AWS was not able to validate the provided access credentials</Message></Error></Errors><RequestID>1</RequestID></Response>";
        insta::assert_snapshot!(AwsError::from_xml("EC2", 401, xml), @"EC2: AuthFailure: AWS was not able to validate the provided access credentials: AWS does not take the agent's credentials; renew or correct them");
    }

    #[test]
    fn throttling_is_seen_inside_of_other_errors() {
        let nature = |code: &str, message: &str| {
            json(&serde_json::json!({ "__type": code, "message": message }).to_string()).nature()
        };
        assert_eq!(nature("ThrottlingException", "Rate exceeded"), Nature::Throttled);
        let hidden =
            "Unable to assume the service linked role: Rate exceeded (Service: AWSSecurityTokenService)";
        assert_eq!(nature("ClientException", hidden), Nature::Throttled);
        let family = "Too many concurrent attempts to create a new revision of the specified family.";
        assert_eq!(nature("ClientException", family), Nature::Throttled);
        assert_eq!(nature("ClientException", "Role is not valid"), Nature::Refused);
        assert_eq!(nature("ServerException", "Service Unavailable"), Nature::Away);
        assert_eq!(nature("ExpiredTokenException", "The security token is expired"), Nature::Credentials);
        assert_eq!(nature("AccessDeniedException", "not authorized to perform: ecs:RunTask"), Nature::Denied);
    }

    #[test]
    fn what_may_have_been_done_is_known() {
        let away = |may_be_done| AwsError::Away { service: "ECS", reason: String::new(), may_be_done };
        let internal = AwsError::from_json("ECS", 500, None, b"");
        assert!(away(true).may_be_done() && internal.may_be_done());
        assert!(!away(false).may_be_done() && !json(r#"{"__type":"ThrottlingException"}"#).may_be_done());
    }
}
