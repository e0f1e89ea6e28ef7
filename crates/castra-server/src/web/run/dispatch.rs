//! How the dispatch of a run went: the launch's phases with the time that each took, from the ledger.

use castra_store::view::launches::LaunchView;
use castra_store::view::run::RunView;
use jiff::Timestamp;
use serde_json::Value as Json;

use super::handle;
use super::pretty;
use crate::web::components::{At, Command};
use crate::web::words;

/// One launch.
#[derive(Clone, Debug)]
pub(super) struct Dispatch {
    pub(super) agent: String,
    pub(super) agent_type: String,
    pub(super) steps: Vec<Step>,
    /// What holds it up.
    pub(super) detail: Option<String>,
    /// That its agent is told to stop it.
    pub(super) is_being_stopped: bool,
    /// How it ended.
    pub(super) cause: Option<String>,
    pub(super) handle: Option<String>,
    /// Shows it on its target.
    pub(super) command: Option<Command>,
    /// What was sent to launch it, where that is shown.
    pub(super) rendered: Option<String>,
}

/// A moment in the life of a launch.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) name: &'static str,
    pub(super) at: At,
    /// Since the step before.
    pub(super) after: Option<String>,
}

impl Dispatch {
    fn of(run: &RunView, launch: &LaunchView, now: Timestamp) -> Self {
        Self {
            agent: launch.agent_name.clone().unwrap_or_else(|| launch.agent_id.to_string()),
            agent_type: launch.agent_type.clone(),
            steps: steps(run, launch),
            detail: launch.detail.clone(),
            is_being_stopped: launch.times.ended.is_none() && launch.stop_at.is_some_and(|at| at <= now),
            cause: launch.cause.as_ref().map(ToString::to_string),
            handle: launch.handle.as_ref().map(pretty),
            command: launch.handle.as_ref().and_then(|it| handle::command(&launch.agent_type, it)),
            rendered: None,
        }
    }
}

/// The launches of a run, newest first; of the newest, also what was sent.
pub(super) fn dispatches(
    run: &RunView,
    launches: &[LaunchView],
    rendered: Option<&Json>,
    now: Timestamp,
) -> Vec<Dispatch> {
    let mut dispatches: Vec<_> = launches.iter().map(|launch| Dispatch::of(run, launch, now)).collect();
    if let Some(newest) = dispatches.first_mut() {
        newest.rendered = rendered.map(pretty);
    }
    dispatches
}

/// The moments that are known, in order. A run that is due later than it was created counts from then.
fn steps(run: &RunView, launch: &LaunchView) -> Vec<Step> {
    let times = &launch.times;
    let due = (run.scheduled_start_time > run.created).then_some(run.scheduled_start_time);
    let known = [
        ("created", Some(run.created)),
        ("due", due.filter(|due| *due <= times.claimed)),
        ("claimed", Some(times.claimed)),
        ("submitted", times.submitted),
        ("scheduled", times.scheduled),
        ("pulled", times.pulled),
        ("started", times.started),
        ("user code", times.presented),
        ("ended", times.ended),
    ];
    let mut known: Vec<_> = known.into_iter().filter_map(|(name, at)| Some((name, at?))).collect();
    // The agent's clock says when a phase began, the server's when it was told.
    known.sort_by_key(|(_, at)| *at);
    let before = std::iter::once(None).chain(known.iter().map(|(_, at)| Some(*at)));
    let step = |(&(name, at), before): (&(&'static str, Timestamp), Option<Timestamp>)| Step {
        name,
        at: At::new(at),
        after: before.map(|before| words::between(before, at)),
    };
    known.iter().zip(before).map(step).collect()
}
