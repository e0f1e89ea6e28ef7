//! Template: the job template of a run is read from where it is.

use castra_core::path::local_file;
use castra_render::Order;
use castra_render::kubernetes::{
    KubernetesConfig, Template, TemplateSource, agents_template, template_source,
};

use crate::launchers::LaunchError;
use crate::launchers::location::{LocationError, Locations};

/// The template of a run, read from where it is.
///
/// # Errors
/// The run has no run config for this agent, or its template cannot be read.
pub async fn load_template(
    order: &Order,
    config: &KubernetesConfig,
    locations: &Locations,
) -> Result<Template, LaunchError> {
    if let Some(own) = of_run_config(template_source(order, config)?, locations).await? {
        return Ok(own);
    }
    Ok(match agents_template(config) {
        TemplateSource::Agent(location) => {
            Template { job: locations.read_yaml(&location).await?, of_run_config: false }
        }
        _ => Template::built_in(),
    })
}

/// The run config's own template. A file of this machine that says nothing is none: Prefect's agent takes such files in while
/// it reads the run config.
async fn of_run_config(
    source: TemplateSource,
    locations: &Locations,
) -> Result<Option<Template>, LocationError> {
    let job = match source {
        TemplateSource::Inline(job) => job,
        TemplateSource::RunConfig(location) => {
            let job = locations.read_yaml(&location).await?;
            if local_file(&location, "/").is_some() && Template::is_empty(&job) {
                return Ok(None);
            }
            job
        }
        TemplateSource::Agent(_) | TemplateSource::BuiltIn => return Ok(None),
    };
    Ok(Some(Template { job, of_run_config: true }))
}

#[cfg(test)]
mod tests;
