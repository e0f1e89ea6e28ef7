//! Why a run failed, in plain words: the cause of its last launch if that ended badly, else what its state says.

use castra_core::cause::Cause;
use castra_store::view::launches::LaunchView;
use castra_store::view::run::RunView;

/// Why, and what the process said last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CauseView {
    pub(super) words: String,
    pub(super) last_lines: Vec<String>,
}

impl CauseView {
    /// The cause of a run that ended badly.
    pub(super) fn of(run: &RunView, launches: &[LaunchView]) -> Option<Self> {
        if !run.state.is_failed() {
            return None;
        }
        let last = launches.first();
        let bad_end = last.and_then(|launch| launch.cause.as_ref()).filter(|cause| !is_good(cause));
        let said = run.state_message.clone().unwrap_or_else(|| "Nobody said why.".to_owned());
        Some(Self {
            words: bad_end.map_or(said, Cause::to_string),
            last_lines: last.map(|launch| launch.last_lines.clone()).unwrap_or_default(),
        })
    }
}

/// The process did what it should: the run failed for another reason.
fn is_good(cause: &Cause) -> bool {
    matches!(cause, Cause::Exited { code: 0 } | Cause::Stopped { .. })
}
