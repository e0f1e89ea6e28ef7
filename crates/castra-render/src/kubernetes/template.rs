//! Template: which job template a run is rendered with. Reading one that is somewhere else is the launcher's.

use serde_json::{Value, json};

use super::KubernetesConfig;
use super::render::kubernetes_run;
use crate::{Order, RenderError};

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
    let inline =
        run.job_template.filter(|template| !Template::is_empty(template)).map(TemplateSource::Inline);
    let by_path = || run.job_template_path.map(TemplateSource::RunConfig);
    Ok(inline.or_else(by_path).unwrap_or_else(|| agents_template(config)))
}

/// Where the template is of runs that bring none.
pub fn agents_template(config: &KubernetesConfig) -> TemplateSource {
    let path = config.job_template_path.clone().filter(|path| !path.is_empty());
    path.map_or(TemplateSource::BuiltIn, TemplateSource::Agent)
}

impl Template {
    /// Whether a template that somebody wrote says nothing.
    pub fn is_empty(template: &Value) -> bool {
        template.is_null() || template.as_object().is_some_and(serde_json::Map::is_empty)
    }

    /// The template that Prefect 1's agent uses when nobody gave one.
    pub fn built_in() -> Self {
        let job = json!({
            "apiVersion": "batch/v1",
            "kind": "Job",
            "spec": { "template": { "spec": { "containers": [{ "name": "flow" }] } } },
        });
        Self { job, of_run_config: false }
    }
}

#[cfg(test)]
mod tests;
