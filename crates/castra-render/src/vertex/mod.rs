//! A run as a custom job of Google Vertex AI.

mod config;
mod render;

pub use config::VertexConfig;
pub use render::{LAUNCH_ID_LABEL, VertexSpec, render};
