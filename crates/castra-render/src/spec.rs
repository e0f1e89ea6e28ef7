//! Spec: what a run is rendered to, whatever the target.

use serde_json::Value;

/// Exactly what is sent to a target to launch a run.
pub trait Spec {
    /// It, in the target's words, as one object for people to look at. Secrets are in it: mask it before it is shown.
    fn to_json(&self) -> Value;
}
