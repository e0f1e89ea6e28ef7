//! Launchers: how an agent reaches its target. One trait; every launcher has its options and its pure half in castra-render
//! (run + options → exactly what is sent), here a `client.rs` that talks to the target, and passes the same conformance
//! suite (`tests/conformance.rs`).
//!
//! A launcher knows its target and nothing of the server: claims, leases and reports are the agent's.

pub mod docker;
pub mod ecs;
pub mod kubernetes;
mod last_lines;
pub mod local;
pub mod location;
pub mod memory;
mod pull_failure;
mod tls;
pub mod vertex;

use std::collections::HashMap;
use std::future::Future;

use castra_core::cause::{Cause, LaunchEnd};
use castra_core::launch::LaunchPhase;
use castra_core::run_config::AgentKind;
use castra_render::{Order, RenderError, Spec};
use serde_json::Value;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use uuid::Uuid;

/// A launch that exists on its target.
#[derive(Debug)]
pub struct Launched<Running> {
    /// What identifies it there, in the target's words; it goes into the ledger.
    pub handle: Value,
    /// How far it has come.
    pub phase: LaunchPhase,
    /// What the launcher needs to watch and stop it.
    pub running: Running,
}

/// A launch that an earlier life of the agent may have left behind.
#[derive(Clone, Debug, PartialEq)]
pub struct KnownLaunch {
    /// The launch.
    pub launch_id: Uuid,
    /// Its handle, if it was written down.
    pub handle: Option<Value>,
}

/// News of a launch.
#[derive(Clone, Debug, PartialEq)]
pub enum Observation {
    /// It has come this far.
    Reached(LaunchPhase),
    /// It is busy with this or held up by it, in words; an empty text: not any more.
    Waits(String),
    /// It is over: nothing of it runs on the target any more. What is left to look at there (a container, a job) stays
    /// until [`Launcher::remove`].
    Ended(LaunchEnd),
}

/// Where a step of a launcher says what it is busy with, while it is.
#[derive(Clone, Debug)]
pub struct News(UnboundedSender<String>);

impl News {
    /// News, and where they are heard.
    pub fn channel() -> (Self, UnboundedReceiver<String>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (Self(sender), receiver)
    }

    /// Says what goes on, in words.
    pub fn say(&self, detail: impl Into<String>) {
        // Whoever does not listen any more needs no news.
        let _ = self.0.send(detail.into());
    }
}

/// Why nothing was launched.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LaunchError {
    /// This run cannot be launched here: trying again would not help.
    #[error("{0}")]
    Refused(String),
    /// Something came in between that is no fault of the run: it may be launched again.
    #[error("{0}")]
    NotLaunched(String),
    /// The target tried and says why not, e.g. that there is no such image.
    #[error("{0}")]
    Failed(Cause),
}

impl From<LaunchError> for Cause {
    fn from(error: LaunchError) -> Self {
        match error {
            LaunchError::Refused(reason) => Cause::Refused { reason },
            LaunchError::NotLaunched(reason) => Cause::NotLaunched { reason },
            LaunchError::Failed(cause) => cause,
        }
    }
}

impl From<RenderError> for LaunchError {
    fn from(error: RenderError) -> Self {
        Self::Refused(error.to_string())
    }
}

/// How an agent launches runs on its target, watches and stops them, and finds them again.
pub trait Launcher: Send + Sync + 'static {
    /// What a run is rendered to.
    type Spec: Spec + Send + Sync + 'static;

    /// What this launcher holds of one launch.
    type Running: Send + 'static;

    /// The kind of agent it makes.
    fn kind(&self) -> AgentKind;

    /// What is to be sent to launch a run. What the run only names (a template, a task definition) is read or asked for.
    ///
    /// # Errors
    /// [`LaunchError`]; then the run is not launched.
    fn render(&self, order: &Order) -> impl Future<Output = Result<Self::Spec, LaunchError>> + Send;

    /// Brings to the target what the launch needs and every launch can share: its image. May take long, says so through
    /// `news`, and may be dropped at any await: then nothing has to be undone.
    ///
    /// # Errors
    /// [`LaunchError`]; then the run is not launched.
    fn prepare(
        &self,
        _spec: &Self::Spec,
        _news: &News,
    ) -> impl Future<Output = Result<(), LaunchError>> + Send {
        async { Ok(()) }
    }

    /// Launches a run with what it was rendered to. The agent never asks twice for one launch.
    ///
    /// # Errors
    /// [`LaunchError`]; then nothing of it exists on the target.
    fn launch(
        &self,
        order: &Order,
        spec: &Self::Spec,
    ) -> impl Future<Output = Result<Launched<Self::Running>, LaunchError>> + Send;

    /// Waits for the next news. May be dropped at any await and called again; not called again after
    /// [`Observation::Ended`].
    fn observe(&self, running: &mut Self::Running) -> impl Future<Output = Observation> + Send;

    /// Asks it to stop, grants it the grace, kills it, and answers once nothing of it runs. If it had ended by itself
    /// before, the answer says so.
    fn stop(&self, running: &mut Self::Running) -> impl Future<Output = LaunchEnd> + Send;

    /// Removes what an ended launch has left on the target to look at. Called once the server knows the end; called
    /// again after a restart that came in between. `handle` is absent if it was never known.
    fn remove(&self, _launch_id: Uuid, _handle: Option<&Value>) -> impl Future<Output = ()> + Send {
        async {}
    }

    /// Of the launches an earlier life of the agent left behind, those that still exist on the target.
    fn adopt(
        &self,
        known: &[KnownLaunch],
    ) -> impl Future<Output = HashMap<Uuid, Launched<Self::Running>>> + Send;
}
