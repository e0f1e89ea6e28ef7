//! `KubernetesRun`: a Kubernetes job.

use std::fmt;

use serde_json::Value;

use super::common::{Body, Common, common_builders};
use super::error::{RunConfigError, json_type};
use super::fields::Fields;
use super::kind::RunConfigKind;
use super::surroundings::Surroundings;
use crate::nearest::nearest;
use crate::yaml;

const KIND: RunConfigKind = RunConfigKind::Kubernetes;

/// A run as a Kubernetes job (prefect 1.4.1 `KubernetesRun`).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct KubernetesRun {
    /// Env and labels.
    pub common: Common,
    /// Where the agent finds the job template: `s3://`, `gcs://`, `agent://` and the like. A path without such a
    /// scheme is read when the run config is resolved. Excludes `job_template`.
    pub job_template_path: Option<String>,
    /// The job template itself, an object; YAML text is parsed when the run config is read or resolved.
    pub job_template: Option<Value>,
    /// Image to run; the image of Docker storage beats it.
    pub image: Option<String>,
    /// CPU limit as a Kubernetes quantity.
    pub cpu_limit: Option<String>,
    /// CPU request as a Kubernetes quantity.
    pub cpu_request: Option<String>,
    /// Memory limit as a Kubernetes quantity.
    pub memory_limit: Option<String>,
    /// Memory request as a Kubernetes quantity.
    pub memory_request: Option<String>,
    /// Service account of the pod.
    pub service_account_name: Option<String>,
    /// Names of the secrets to pull the image with.
    pub image_pull_secrets: Option<Vec<String>>,
    /// When to pull the image.
    pub image_pull_policy: Option<ImagePullPolicy>,
}

/// When Kubernetes pulls the image of a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImagePullPolicy {
    /// At every start.
    Always,
    /// Only when the node does not have it.
    IfNotPresent,
    /// Never: the node must have it.
    Never,
}

impl ImagePullPolicy {
    const ALL: [Self; 3] = [Self::Always, Self::IfNotPresent, Self::Never];

    /// The name Kubernetes and the wire use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Always => "Always",
            Self::IfNotPresent => "IfNotPresent",
            Self::Never => "Never",
        }
    }
}

impl fmt::Display for ImagePullPolicy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl KubernetesRun {
    common_builders!();

    /// Sets where the agent finds the job template; excludes [`Self::job_template`].
    #[must_use]
    pub fn job_template_path(mut self, path: impl Into<String>) -> Self {
        self.job_template_path = Some(path.into());
        self
    }

    /// Sets the job template: an object, or YAML text of one; excludes [`Self::job_template_path`].
    #[must_use]
    pub fn job_template(mut self, template: impl Into<Value>) -> Self {
        self.job_template = Some(template.into());
        self
    }

    /// Sets the image to run.
    #[must_use]
    pub fn image(mut self, image: impl Into<String>) -> Self {
        self.image = Some(image.into());
        self
    }

    /// Sets the CPU limit, e.g. `2`, `0.5` or `"500m"`.
    #[must_use]
    pub fn cpu_limit(mut self, quantity: impl fmt::Display) -> Self {
        self.cpu_limit = Some(quantity.to_string());
        self
    }

    /// Sets the CPU request, e.g. `2`, `0.5` or `"500m"`.
    #[must_use]
    pub fn cpu_request(mut self, quantity: impl fmt::Display) -> Self {
        self.cpu_request = Some(quantity.to_string());
        self
    }

    /// Sets the memory limit, e.g. `"2Gi"`.
    #[must_use]
    pub fn memory_limit(mut self, quantity: impl Into<String>) -> Self {
        self.memory_limit = Some(quantity.into());
        self
    }

    /// Sets the memory request, e.g. `"2Gi"`.
    #[must_use]
    pub fn memory_request(mut self, quantity: impl Into<String>) -> Self {
        self.memory_request = Some(quantity.into());
        self
    }

    /// Sets the service account of the pod.
    #[must_use]
    pub fn service_account_name(mut self, name: impl Into<String>) -> Self {
        self.service_account_name = Some(name.into());
        self
    }

    /// Adds a secret to pull the image with.
    #[must_use]
    pub fn image_pull_secret(mut self, name: impl Into<String>) -> Self {
        self.image_pull_secrets.get_or_insert_default().push(name.into());
        self
    }

    /// Sets when to pull the image.
    #[must_use]
    pub fn image_pull_policy(mut self, policy: ImagePullPolicy) -> Self {
        self.image_pull_policy = Some(policy);
        self
    }

    /// Reads a job template that lies on this machine, and parses one that is YAML text.
    pub(super) fn resolve(mut self, surroundings: &Surroundings<'_>) -> Result<Self, RunConfigError> {
        self.validate()?;
        if let Some(path) = &self.job_template_path
            && let Some(text) = surroundings.local_text(KIND, "job_template_path", path)?
        {
            self.job_template = parsed("job_template_path", &text)?;
            self.job_template_path = None;
        }
        self.with_parsed_template()
    }

    fn with_parsed_template(mut self) -> Result<Self, RunConfigError> {
        self.job_template = self.job_template.map_or(Ok(None), template_object)?;
        Ok(self)
    }

    pub(super) fn read(mut fields: Fields) -> Result<Self, RunConfigError> {
        let run = Self {
            job_template_path: fields.string("job_template_path")?,
            job_template: fields.any("job_template"),
            image: fields.text("image")?,
            cpu_limit: fields.text("cpu_limit")?,
            cpu_request: fields.text("cpu_request")?,
            memory_limit: fields.text("memory_limit")?,
            memory_request: fields.text("memory_request")?,
            service_account_name: fields.text("service_account_name")?,
            image_pull_secrets: fields.texts("image_pull_secrets")?,
            image_pull_policy: fields.string("image_pull_policy")?.map(policy).transpose()?,
            common: fields.common()?,
        };
        run.validate()?;
        run.with_parsed_template()
    }
}

impl Body for KubernetesRun {
    fn common(&self) -> &Common {
        &self.common
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        vec![
            ("job_template_path", self.job_template_path.clone().into()),
            ("job_template", self.job_template.clone().into()),
            ("image", self.image.clone().into()),
            ("cpu_limit", self.cpu_limit.clone().into()),
            ("cpu_request", self.cpu_request.clone().into()),
            ("memory_limit", self.memory_limit.clone().into()),
            ("memory_request", self.memory_request.clone().into()),
            ("service_account_name", self.service_account_name.clone().into()),
            ("image_pull_secrets", self.image_pull_secrets.clone().into()),
            ("image_pull_policy", self.image_pull_policy.map(ImagePullPolicy::name).into()),
        ]
    }

    fn validate(&self) -> Result<(), RunConfigError> {
        if self.job_template_path.is_some() && self.job_template.is_some() {
            return Err(RunConfigError::Exclusive {
                kind: KIND,
                first: "job_template_path",
                second: "job_template",
                reason: "both say what the job looks like; keep one",
            });
        }
        Ok(())
    }
}

fn policy(name: String) -> Result<ImagePullPolicy, RunConfigError> {
    let known = ImagePullPolicy::ALL.into_iter().find(|policy| policy.name() == name);
    known.ok_or_else(|| RunConfigError::InvalidValue {
        kind: KIND,
        field: "image_pull_policy",
        reason: format!("it is one of {}", ImagePullPolicy::ALL.map(ImagePullPolicy::name).join(", ")),
        nearest: nearest(&name, ImagePullPolicy::ALL.map(ImagePullPolicy::name)),
        value: format!("{name:?}"),
    })
}

/// A template as an object; empty YAML text is no template.
fn template_object(template: Value) -> Result<Option<Value>, RunConfigError> {
    match template {
        Value::Object(_) => Ok(Some(template)),
        Value::String(text) => parsed("job_template", &text),
        other => Err(not_an_object("job_template", &other)),
    }
}

fn parsed(field: &'static str, text: &str) -> Result<Option<Value>, RunConfigError> {
    match yaml::parse(text).map_err(|source| RunConfigError::Yaml { kind: KIND, field, source })? {
        Value::Null => Ok(None),
        template @ Value::Object(_) => Ok(Some(template)),
        other => Err(not_an_object(field, &other)),
    }
}

fn not_an_object(field: &'static str, value: &Value) -> RunConfigError {
    RunConfigError::InvalidValue {
        kind: KIND,
        field,
        value: json_type(value).to_owned(),
        reason: "a job template is an object, or YAML text of one".to_owned(),
        nearest: None,
    }
}
