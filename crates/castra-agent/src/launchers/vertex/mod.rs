//! Launches runs as custom jobs of Google Vertex AI: so far, what would be sent. `config.rs` holds the options, `render.rs`
//! decides the job; nothing here talks to Google.

mod config;
mod render;

pub use config::VertexConfig;
pub use render::{LAUNCH_ID_LABEL, VertexSpec, render};
