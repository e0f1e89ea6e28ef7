//! A run as a Kubernetes job: `template.rs` says what the job is made of, `render.rs` makes it.

mod config;
mod render;
mod template;

pub use config::KubernetesConfig;
pub use render::{CREDENTIAL_KEY, KubernetesSpec, LAUNCH_ID_LABEL, render};
pub use template::{Template, TemplateSource, agents_template, template_source};
