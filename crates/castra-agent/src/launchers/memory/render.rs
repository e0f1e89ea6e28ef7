//! Render for the target in memory: a run's env says how its launch behaves.

use castra_core::run_config::RunConfig;
use castra_render::{Order, Spec};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::launchers::LaunchError;

/// How a launch in memory behaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Behaviour {
    /// It runs until it is ended from outside ([`Target::end`](super::Target::end)) or asked to stop.
    Runs,
    /// It exits at once with this code.
    Exits(i32),
    /// It is ended by this signal at once.
    IsKilled(String),
    /// It runs and does not heed SIGTERM.
    IgnoresTerm,
}

/// Exactly what is launched in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemorySpec {
    /// The flow run.
    pub flow_run_id: Uuid,
    /// What it does.
    pub behaviour: Behaviour,
}

impl Spec for MemorySpec {
    fn to_json(&self) -> Value {
        json!({ "flow_run_id": self.flow_run_id, "behaviour": format!("{:?}", self.behaviour) })
    }
}

/// The variable of the run config's env that says how the launch behaves: `runs` (also if absent), `exits 3`,
/// `killed SIGSEGV` or `ignores SIGTERM`.
const BEHAVIOUR: &str = "CASTRA_MEMORY_BEHAVIOUR";

/// The launch of a run.
///
/// # Errors
/// [`LaunchError::Refused`] if its run config cannot be read or asks for a behaviour that does not exist.
pub fn render(order: &Order) -> Result<MemorySpec, LaunchError> {
    let refused = |reason: String| LaunchError::Refused(reason);
    let run_config = order.flow_run.run_config.as_ref().filter(|wire| !wire.is_null());
    let run_config =
        run_config.map(RunConfig::from_json).transpose().map_err(|error| refused(error.to_string()))?;
    let env = run_config.as_ref().and_then(RunConfig::env);
    let wanted = env.and_then(|env| env.get(BEHAVIOUR)).and_then(Value::as_str).unwrap_or("runs");
    let behaviour = behaviour(wanted).ok_or_else(|| refused(format!("`{wanted}` is no behaviour")))?;
    Ok(MemorySpec { flow_run_id: order.flow_run.id, behaviour })
}

fn behaviour(wanted: &str) -> Option<Behaviour> {
    match wanted.split_once(' ') {
        None if wanted == "runs" => Some(Behaviour::Runs),
        Some(("exits", code)) => code.parse().ok().map(Behaviour::Exits),
        Some(("killed", signal)) => Some(Behaviour::IsKilled(signal.to_owned())),
        Some(("ignores", "SIGTERM")) => Some(Behaviour::IgnoresTerm),
        _ => None,
    }
}
