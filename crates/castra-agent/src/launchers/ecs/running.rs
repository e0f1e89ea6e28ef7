//! What the launcher holds of one launch, and the next thing to say of it. Pure but for the clock it is given; requests
//! are `client.rs`'s.

use castra_core::cause::Cause;
use castra_core::launch::LaunchPhase;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::api::TaskId;
use super::board::Followed;
use super::verdict::{Standing, Verdict, verdict};
use crate::launchers::Observation;

/// A flow run's task.
#[derive(Debug)]
pub struct RunningTask {
    pub(super) followed: Followed,
    pub(super) id: TaskId,
    /// The phase that was told last.
    phase: LaunchPhase,
    detail: String,
    troubled: Option<Instant>,
    pub(super) ending: Option<Ending>,
}

/// A launch that is over, or is to be, and what was done about it so far: waiting for it may be broken off and taken up
/// again.
#[derive(Debug, Default)]
pub(super) struct Ending {
    /// Why it is over; `None` if Castra stops it.
    pub(super) cause: Option<Cause>,
    /// It was asked to stop.
    pub(super) is_stopped: bool,
    /// The last lines, once they were read.
    pub(super) last_lines: Option<Vec<String>>,
}

/// What is next.
#[derive(Debug)]
pub(super) enum Next {
    /// Say this.
    Say(Observation),
    /// It is over.
    End(Cause),
    /// Wait for news, at most until then.
    Wait(Option<Instant>),
}

impl Ending {
    pub(super) fn of(cause: Cause) -> Self {
        Self { cause: Some(cause), ..Self::default() }
    }
}

impl RunningTask {
    pub(super) fn new(followed: Followed, id: TaskId) -> Self {
        Self {
            followed,
            id,
            phase: LaunchPhase::Submitted,
            detail: String::new(),
            troubled: None,
            ending: None,
        }
    }

    /// What identifies it in its region.
    pub(super) fn handle(&self) -> Value {
        json!({ "cluster": self.id.cluster, "task": self.id.task })
    }

    /// What is next, from what is known now.
    pub(super) fn next(&mut self, now: Instant) -> Next {
        let (seen, away) = self.followed.look();
        let Verdict { phase, detail, standing } = verdict(&seen);
        if phase > self.phase {
            self.phase = phase;
            return Next::Say(Observation::Reached(phase));
        }
        let patience = match standing {
            Standing::Over(cause) => return Next::End(cause),
            Standing::Troubled { cause, grace } => {
                let until = *self.troubled.get_or_insert(now) + grace;
                // While AWS does not answer, nobody knows whether the trouble is over.
                if now >= until && away.is_none() {
                    return Next::End(cause);
                }
                Some(until).filter(|&until| until > now)
            }
            Standing::Alive => {
                self.troubled = None;
                None
            }
        };
        let detail = away.unwrap_or(detail);
        if detail != self.detail {
            self.detail.clone_from(&detail);
            return Next::Say(Observation::Waits(detail));
        }
        Next::Wait(patience)
    }

    /// The end, if it has come without Castra's asking for it.
    pub(super) fn own_end(&mut self) -> Option<Cause> {
        match verdict(&self.followed.look().0).standing {
            Standing::Over(cause) => Some(cause),
            _ => None,
        }
    }
}
