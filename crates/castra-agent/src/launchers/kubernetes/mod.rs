//! Launches runs as Kubernetes jobs.

mod config;
mod render;

pub use config::KubernetesConfig;
pub use render::KubernetesSpec;
