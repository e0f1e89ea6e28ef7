//! Template: which job template a run is rendered with, and how it is read.

use castra_core::path::local_file;
use serde_json::{Value, json};

use super::KubernetesConfig;
use super::render::kubernetes_run;
use crate::launchers::location::{LocationError, Locations};
use crate::launchers::{LaunchError, Order, RenderError};

/// What a job is made of.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    /// The job as somebody wrote it.
    pub job: Value,
    /// Whether it is the run config's own: then its service account and pull secrets beat the agent's.
    pub of_run_config: bool,
}

/// Where the template of a run is.
#[derive(Clone, Debug, PartialEq)]
pub enum TemplateSource {
    /// In its run config.
    Inline(Value),
    /// At the location that its run config gives.
    RunConfig(String),
    /// At the location that the agent was given.
    Agent(String),
    /// Nobody gave one.
    BuiltIn,
}

/// Where the template of a run is (prefect 1.4.1 `KubernetesAgent.generate_job_spec`).
///
/// # Errors
/// The run's run config cannot be read, or is for another kind of agent.
pub fn template_source(order: &Order, config: &KubernetesConfig) -> Result<TemplateSource, RenderError> {
    let run = kubernetes_run(order)?;
    let inline = run.job_template.filter(|template| !is_empty(template)).map(TemplateSource::Inline);
    let by_path = || run.job_template_path.map(TemplateSource::RunConfig);
    Ok(inline.or_else(by_path).unwrap_or_else(|| agents(config)))
}

fn agents(config: &KubernetesConfig) -> TemplateSource {
    let path = config.job_template_path.clone().filter(|path| !path.is_empty());
    path.map_or(TemplateSource::BuiltIn, TemplateSource::Agent)
}

impl Template {
    /// The template that Prefect 1's agent uses when nobody gave one.
    pub fn built_in() -> Self {
        let job = json!({
            "apiVersion": "batch/v1",
            "kind": "Job",
            "spec": { "template": { "spec": { "containers": [{ "name": "flow" }] } } },
        });
        Self { job, of_run_config: false }
    }

    /// The template of a run, read from where it is.
    ///
    /// # Errors
    /// The run has no run config for this agent, or its template cannot be read.
    pub async fn load(
        order: &Order,
        config: &KubernetesConfig,
        locations: &Locations,
    ) -> Result<Self, LaunchError> {
        if let Some(own) = Self::of_run_config(template_source(order, config)?, locations).await? {
            return Ok(own);
        }
        Ok(match agents(config) {
            TemplateSource::Agent(location) => {
                Self { job: locations.read_yaml(&location).await?, of_run_config: false }
            }
            _ => Self::built_in(),
        })
    }

    /// The run config's own template. A file of this machine that says nothing is none: Prefect's agent takes such files
    /// in while it reads the run config.
    async fn of_run_config(
        source: TemplateSource,
        locations: &Locations,
    ) -> Result<Option<Self>, LocationError> {
        let job = match source {
            TemplateSource::Inline(job) => job,
            TemplateSource::RunConfig(location) => {
                let job = locations.read_yaml(&location).await?;
                if local_file(&location, "/").is_some() && is_empty(&job) {
                    return Ok(None);
                }
                job
            }
            TemplateSource::Agent(_) | TemplateSource::BuiltIn => return Ok(None),
        };
        Ok(Some(Self { job, of_run_config: true }))
    }
}

/// Whether a template says nothing.
fn is_empty(template: &Value) -> bool {
    template.is_null() || template.as_object().is_some_and(serde_json::Map::is_empty)
}

#[cfg(test)]
mod tests;
