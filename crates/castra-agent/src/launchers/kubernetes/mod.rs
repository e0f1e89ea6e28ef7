//! Launches runs as Kubernetes jobs. `config.rs` holds the options, `render.rs` decides the job, `client.rs` submits and
//! stops it through `api.rs`; `watch.rs` keeps `board.rs` up to date with summaries (`seen.rs`), of which `verdict.rs`
//! says what they mean and `running.rs` what is next; `logs.rs` reads the last lines. `role.rs` says what the agent has to
//! be allowed for all this.

mod api;
mod board;
mod client;
mod config;
mod logs;
mod render;
mod role;
mod running;
mod seen;
mod template;
mod verdict;
mod watch;

pub use client::{ConnectError, KubernetesLauncher};
pub use config::KubernetesConfig;
pub use render::{CREDENTIAL_KEY, KubernetesSpec, LAUNCH_ID_LABEL, render};
pub use role::role_rules;
pub use running::RunningJob;
pub use template::{Template, TemplateSource, template_source};
