//! The client: one request goes out, signed, no faster than its bucket allows, and one answer comes back, or an error that
//! says what it means. Asking again is for whoever asks.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_types::SdkConfig;
use reqwest::header::CONTENT_TYPE;
use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::bucket::{Bucket, Rate};
use super::credentials::Known;
use super::endpoint::endpoint;
use super::error::{AwsError, Nature};
use crate::launchers::location::innermost;
use crate::launchers::tls::install_tls_provider;

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(5);
/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(20);
/// The version of EC2's API.
const EC2_VERSION: &str = "2016-11-15";
/// What AWS grants an account for most requests, or less.
const USUAL: Rate = Rate { burst: 40.0, per_second: 20.0 };
/// Task definitions are registered far more slowly.
const REGISTRATIONS: Rate = Rate { burst: 20.0, per_second: 5.0 };

/// A service of AWS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Service {
    Ecs,
    Ec2,
    Logs,
    Ssm,
}

impl Service {
    /// Its name for people.
    fn name(self) -> &'static str {
        match self {
            Service::Ecs => "ECS",
            Service::Ec2 => "EC2",
            Service::Logs => "CloudWatch Logs",
            Service::Ssm => "the SSM parameter store",
        }
    }

    /// Its name in signatures and addresses.
    pub(super) fn signing_name(self) -> &'static str {
        match self {
            Service::Ecs => "ecs",
            Service::Ec2 => "ec2",
            Service::Logs => "logs",
            Service::Ssm => "ssm",
        }
    }

    /// Its name in AWS' configuration.
    pub(super) fn id(self) -> &'static str {
        match self {
            Service::Ecs => "ECS",
            Service::Ec2 => "EC2",
            Service::Logs => "CloudWatch Logs",
            Service::Ssm => "SSM",
        }
    }

    /// What `X-Amz-Target` begins with. EC2 has another protocol.
    fn target(self) -> &'static str {
        match self {
            Service::Ecs => "AmazonEC2ContainerServiceV20141113",
            Service::Logs => "Logs_20140328",
            Service::Ssm => "AmazonSSM",
            Service::Ec2 => "",
        }
    }
}

/// AWS, in one region, as one identity.
#[derive(Debug)]
pub(crate) struct Aws {
    http: reqwest::Client,
    region: String,
    endpoints: HashMap<Service, String>,
    credentials: Known,
    buckets: Mutex<HashMap<(Service, &'static str), Bucket>>,
}

/// A request that is not signed yet.
struct Unsigned {
    service: Service,
    action: &'static str,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

/// An answer, good or bad.
struct Answer {
    status: u16,
    error_type: Option<String>,
    body: Vec<u8>,
}

impl Aws {
    /// AWS as it is configured; `None` if no region is.
    pub(crate) fn new(sdk: &SdkConfig) -> Result<Option<Self>, reqwest::Error> {
        install_tls_provider();
        let Some(region) = sdk.region().map(ToString::to_string) else { return Ok(None) };
        let http = reqwest::Client::builder().connect_timeout(CONNECT).timeout(ANSWER).build()?;
        let services = [Service::Ecs, Service::Ec2, Service::Logs, Service::Ssm];
        let endpoints = services.map(|service| (service, endpoint(sdk, service, &region))).into();
        let credentials = Known::new(sdk);
        Ok(Some(Self { http, region, endpoints, credentials, buckets: Mutex::default() }))
    }

    pub(crate) fn region(&self) -> &str {
        &self.region
    }

    /// Asks a service that speaks JSON.
    pub(crate) async fn json(
        &self,
        service: Service,
        action: &'static str,
        input: &Value,
    ) -> Result<Value, AwsError> {
        let target = format!("{}.{action}", service.target());
        let headers =
            vec![(CONTENT_TYPE.as_str(), "application/x-amz-json-1.1".to_owned()), ("x-amz-target", target)];
        let request = Unsigned { service, action, headers, body: input.to_string().into_bytes() };
        let Answer { status, error_type, body } = self.send(&request).await?;
        if !(200..300).contains(&status) {
            let error = AwsError::from_json(service.name(), status, error_type.as_deref(), &body);
            return Err(self.noted(&request, error).await);
        }
        match body.is_empty() {
            true => Ok(Value::Null),
            false => serde_json::from_slice(&body).map_err(|error| unreadable(service, &error)),
        }
    }

    /// Asks EC2, which answers with XML.
    pub(crate) async fn query<T: serde::de::DeserializeOwned>(
        &self,
        action: &'static str,
        parameters: &[(&str, &str)],
    ) -> Result<T, AwsError> {
        let service = Service::Ec2;
        let all =
            [("Action", action), ("Version", EC2_VERSION)].into_iter().chain(parameters.iter().copied());
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(all).finish().into_bytes();
        let headers =
            vec![(CONTENT_TYPE.as_str(), "application/x-www-form-urlencoded; charset=utf-8".to_owned())];
        let request = Unsigned { service, action, headers, body };
        let Answer { status, body, .. } = self.send(&request).await?;
        let body = String::from_utf8_lossy(&body);
        if !(200..300).contains(&status) {
            let error = AwsError::from_xml(service.name(), status, &body);
            return Err(self.noted(&request, error).await);
        }
        quick_xml::de::from_str(&body).map_err(|error| unreadable(service, &error))
    }

    /// Sends a request when its turn has come.
    async fn send(&self, request: &Unsigned) -> Result<Answer, AwsError> {
        let wait = self.bucket(request, |bucket, now| bucket.take(now));
        if !wait.is_zero() {
            sleep(wait).await;
        }
        let now = SystemTime::now();
        let credentials = self.credentials.get(now).await?;
        let url = self.endpoints.get(&request.service).map(String::as_str).unwrap_or_default();
        let mut builder = self.http.post(url).body(request.body.clone());
        for (name, value) in &request.headers {
            builder = builder.header(*name, value);
        }
        for (name, value) in self.signed(request, url, credentials, now)? {
            builder = builder.header(name, value);
        }
        let away = |error: reqwest::Error| AwsError::Away {
            service: request.service.name(),
            // What never arrived cannot be done.
            may_be_done: !error.is_connect() && !error.is_builder(),
            reason: failure(&error),
        };
        let answer = builder.send().await.map_err(away)?;
        let status = answer.status().as_u16();
        let error_type = answer.headers().get("x-amzn-errortype");
        let error_type = error_type.and_then(|value| value.to_str().ok()).map(str::to_owned);
        let body = answer.bytes().await.map_err(away)?.to_vec();
        Ok(Answer { status, error_type, body })
    }

    /// The headers that sign a request.
    fn signed(
        &self,
        request: &Unsigned,
        url: &str,
        credentials: Credentials,
        now: SystemTime,
    ) -> Result<Vec<(String, String)>, AwsError> {
        let unsignable = |error: &dyn std::error::Error| AwsError::Away {
            service: request.service.name(),
            reason: format!("the request to {url} cannot be signed: {}", innermost(error)),
            may_be_done: false,
        };
        let identity = credentials.into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(request.service.signing_name())
            .time(now)
            .settings(SigningSettings::default())
            .build()
            .map_err(|error| unsignable(&error))?
            .into();
        let headers = request.headers.iter().map(|(name, value)| (*name, value.as_str()));
        let signable = SignableRequest::new("POST", url, headers, SignableBody::Bytes(&request.body));
        let signable = signable.map_err(|error| unsignable(&error))?;
        let (instructions, _) = sign(signable, &params).map_err(|error| unsignable(&error))?.into_parts();
        Ok(instructions.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }

    /// Draws from a refusal what is to be drawn for the next request.
    async fn noted(&self, request: &Unsigned, error: AwsError) -> AwsError {
        match error.nature() {
            Nature::Throttled => self.bucket(request, |bucket, now| bucket.drain(now)),
            Nature::Credentials => self.credentials.forget().await,
            _ => {}
        }
        error
    }

    fn bucket<T>(&self, request: &Unsigned, with: impl FnOnce(&mut Bucket, Instant) -> T) -> T {
        let now = Instant::now();
        let rate = match request.action {
            "RegisterTaskDefinition" | "DeregisterTaskDefinition" => REGISTRATIONS,
            _ => USUAL,
        };
        // Nothing panics while it holds the lock; should it, a bucket is whole all the same.
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = buckets.entry((request.service, request.action));
        with(bucket.or_insert_with(|| Bucket::new(rate, now)), now)
    }
}

/// An answer that is not what it should be: what was asked for may be done.
pub(crate) fn unreadable(service: Service, error: &dyn std::error::Error) -> AwsError {
    let reason = format!("its answer cannot be read: {error}");
    AwsError::Away { service: service.name(), reason, may_be_done: true }
}

/// What went wrong with a connection.
fn failure(error: &reqwest::Error) -> String {
    match error.is_timeout() {
        true => format!("no answer within {} s", ANSWER.as_secs()),
        false => innermost(error),
    }
}
