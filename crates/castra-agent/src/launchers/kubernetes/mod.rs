//! Launches runs as Kubernetes jobs. castra-render decides the job, from the template that `template.rs` reads; `client.rs`
//! submits and stops it through `api.rs`; `watch.rs` keeps `board.rs` up to date with summaries (`seen.rs`), of which
//! `verdict.rs` says what they mean and `running.rs` what is next; `logs.rs` reads the last lines. `role.rs` says what the
//! agent has to be allowed for all this.

mod api;
mod board;
mod client;
mod logs;
mod role;
mod running;
mod seen;
mod template;
mod verdict;
mod watch;

pub use client::{ConnectError, KubernetesLauncher};
pub use role::role_rules;
pub use running::RunningJob;
pub use template::load_template;
