//! Launches runs as Kubernetes jobs.

mod config;
mod render;
mod template;

pub use config::KubernetesConfig;

pub use render::{CREDENTIAL_KEY, KubernetesSpec, LAUNCH_ID_LABEL, render};
pub use template::{Template, TemplateSource, template_source};
