//! Preflight: what is wrong with a run config before anything is launched from it. Whether an agent is there to take
//! its runs is known to the server, whether an image or a service account exists only to the place of launch.

mod dns_name;
mod docker;
mod ecs;
mod fargate;
mod image_reference;
mod job_template;
mod kubernetes;
mod quantity;
mod vertex;

use serde::{Deserialize, Serialize};

use crate::env;
use crate::run_config::RunConfig;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// No run with this run config can be launched.
    Error,
    /// It is allowed, and probably not meant.
    Warning,
}

/// One thing that is wrong with a run config.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Where in the run config, e.g. `host_config.mem_limit`.
    pub field: String,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, and what to do.
    pub message: String,
}

impl Finding {
    /// What keeps every run from being launched.
    pub fn error(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), severity: Severity::Error, message: message.into() }
    }

    /// What is allowed, and probably not meant.
    pub fn warning(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), severity: Severity::Warning, message: message.into() }
    }
}

/// What is wrong with a run config, as far as it can be known from it alone; nothing if all is well.
pub fn preflight(run_config: &RunConfig) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(env) = run_config.env()
        && let Err(error) = env::check(env)
    {
        findings.push(Finding::error("env", error.to_string()));
    }
    if let Some(image) = run_config.image()
        && let Err(reason) = image_reference::check(image)
    {
        findings.push(Finding::error("image", reason));
    }
    match run_config {
        RunConfig::Docker(run) => docker::check(run, &mut findings),
        RunConfig::Kubernetes(run) => kubernetes::check(run, &mut findings),
        RunConfig::Ecs(run) => ecs::check(run, &mut findings),
        RunConfig::Vertex(run) => vertex::check(run, &mut findings),
        RunConfig::Universal(_) | RunConfig::Local(_) => {}
    }
    findings
}

#[cfg(test)]
mod tests;
