//! Launches on a target in memory.

use std::collections::HashMap;
use std::sync::Arc;

use castra_core::cause::{Cause, LaunchEnd};
use castra_core::launch::LaunchPhase;
use castra_core::run_config::AgentKind;
use castra_render::Order;
use serde_json::json;
use uuid::Uuid;

use crate::launchers::memory::config::{OnTarget, Target};
use crate::launchers::memory::render::{Behaviour, MemorySpec, render};
use crate::launchers::{KnownLaunch, LaunchError, Launched, Launcher, Observation};

/// Launches on a target in memory. It passes for a local agent.
#[derive(Clone, Debug, Default)]
pub struct MemoryLauncher {
    target: Target,
}

/// A launch on a target in memory.
#[derive(Debug)]
pub struct RunningInMemory(Arc<OnTarget>);

impl MemoryLauncher {
    /// A launcher for this target.
    pub fn new(target: Target) -> Self {
        Self { target }
    }
}

impl Launcher for MemoryLauncher {
    type Spec = MemorySpec;
    type Running = RunningInMemory;

    fn kind(&self) -> AgentKind {
        AgentKind::Local
    }

    async fn render(&self, order: &Order) -> Result<MemorySpec, LaunchError> {
        render(order)
    }

    async fn launch(
        &self,
        order: &Order,
        spec: &MemorySpec,
    ) -> Result<Launched<RunningInMemory>, LaunchError> {
        let launch = self.target.put(order.launch_id, spec.clone());
        let launch = launch.ok_or_else(|| LaunchError::NotLaunched("it is launched already".to_owned()))?;
        Ok(launched(order.launch_id, launch))
    }

    async fn observe(&self, running: &mut RunningInMemory) -> Observation {
        Observation::Ended(running.ended().await.into())
    }

    async fn stop(&self, running: &mut RunningInMemory) -> LaunchEnd {
        let signal = match running.0.behaviour {
            Behaviour::IgnoresTerm => "SIGKILL",
            _ => "SIGTERM",
        };
        running.0.end.send_if_modified(|end| {
            let runs = end.is_none();
            end.get_or_insert(Cause::Stopped { signal: signal.to_owned() });
            runs
        });
        running.ended().await.into()
    }

    async fn adopt(&self, known: &[KnownLaunch]) -> HashMap<Uuid, Launched<RunningInMemory>> {
        let running = self.target.running();
        let left = known.iter().map(|launch| launch.launch_id).filter(|id| running.contains(id));
        left.filter_map(|id| Some((id, launched(id, self.target.find(id)?)))).collect()
    }
}

impl RunningInMemory {
    async fn ended(&self) -> Cause {
        let mut end = self.0.end.subscribe();
        match end.wait_for(Option::is_some).await.map(|end| end.clone()) {
            Ok(Some(cause)) => cause,
            // The sender lives in `self`.
            _ => Cause::Vanished { reason: "the target is gone".to_owned() },
        }
    }
}

fn launched(launch_id: Uuid, launch: Arc<OnTarget>) -> Launched<RunningInMemory> {
    let handle = json!({ "launch_id": launch_id });
    Launched { handle, phase: LaunchPhase::Started, running: RunningInMemory(launch) }
}
