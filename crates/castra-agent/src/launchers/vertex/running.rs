//! What the launcher holds of one launch, and the next thing to say of it. Requests are `client.rs`'s.

use castra_core::cause::{Cause, LaunchEnd};
use castra_core::launch::LaunchPhase;
use serde_json::{Value, json};

use super::board::Followed;
use super::verdict::{Verdict, verdict};
use crate::launchers::Observation;

/// A flow run's custom job.
#[derive(Debug)]
pub struct RunningJob {
    pub(crate) followed: Followed,
    /// `projects/…/locations/…/customJobs/…`.
    pub(crate) name: String,
    /// Google was asked to cancel it.
    pub(crate) is_stopped: bool,
    /// How it ended, once that was found out: waiting for it may be broken off and taken up again.
    pub(crate) ended: Option<LaunchEnd>,
    /// The phase that was told last.
    phase: LaunchPhase,
    detail: String,
}

/// What is next.
#[derive(Debug, PartialEq)]
pub(crate) enum Next {
    /// Say this.
    Say(Observation),
    /// It is over.
    End(Cause),
    /// Wait for news.
    Wait,
}

impl RunningJob {
    pub(crate) fn new(followed: Followed, name: String) -> Self {
        let phase = LaunchPhase::Submitted;
        Self { followed, name, is_stopped: false, ended: None, phase, detail: String::new() }
    }

    /// What identifies it at Google.
    pub(crate) fn handle(&self) -> Value {
        json!({ "job": self.name })
    }

    /// The name in a handle.
    pub(crate) fn name_of(handle: &Value) -> Option<&str> {
        handle.get("job")?.as_str()
    }

    /// What is next, from what is known now.
    pub(crate) fn next(&mut self) -> Next {
        let (seen, broken) = self.followed.look();
        let Some(job) = seen.job else { return Next::Wait };
        let Verdict { phase, detail, end } = verdict(&job, self.is_stopped);
        if phase > self.phase {
            self.phase = phase;
            return Next::Say(Observation::Reached(phase));
        }
        if let Some(cause) = end {
            return Next::End(cause);
        }
        if seen.is_gone {
            return Next::End(Cause::Removed { what: format!("the custom job {} was deleted", job.id()) });
        }
        let detail = broken.unwrap_or(detail);
        if detail != self.detail {
            self.detail.clone_from(&detail);
            return Next::Say(Observation::Waits(detail));
        }
        Next::Wait
    }

    /// The end, if it is known.
    pub(crate) fn end(&mut self) -> Option<Cause> {
        loop {
            match self.next() {
                Next::End(cause) => return Some(cause),
                Next::Wait => return None,
                Next::Say(_) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::super::board::Board;
    use super::super::job::Job;
    use super::*;

    const LAUNCH: Uuid = Uuid::from_u128(1);

    fn running(board: &Board) -> RunningJob {
        RunningJob::new(board.follow(LAUNCH).unwrap(), "n".to_owned())
    }

    fn seen(board: &Board, state: &str) {
        board.apply(LAUNCH, Job::from_google(&json!({ "name": "n", "state": state })).unwrap());
    }

    #[test]
    fn what_is_new_is_said_once() {
        let board = Board::new();
        let mut running = running(&board);
        assert_eq!(running.next(), Next::Wait);
        seen(&board, "JOB_STATE_PENDING");
        let Next::Say(Observation::Waits(_)) = running.next() else { panic!() };
        assert_eq!(running.next(), Next::Wait);
        seen(&board, "JOB_STATE_RUNNING");
        assert_eq!(running.next(), Next::Say(Observation::Reached(LaunchPhase::Started)));
        assert_eq!(running.next(), Next::Say(Observation::Waits(String::new())));
        board.broke(Some("Google does not answer".to_owned()));
        assert_eq!(running.next(), Next::Say(Observation::Waits("Google does not answer".to_owned())));
        board.broke(None);
        assert_eq!(running.next(), Next::Say(Observation::Waits(String::new())));
        seen(&board, "JOB_STATE_SUCCEEDED");
        assert_eq!(running.next(), Next::End(Cause::Exited { code: 0 }));
    }

    #[test]
    fn a_job_that_somebody_deletes_was_removed() {
        let board = Board::new();
        let mut running = running(&board);
        seen(&board, "JOB_STATE_RUNNING");
        board.missing(LAUNCH);
        let what = "the custom job n was deleted".to_owned();
        assert_eq!(running.end(), Some(Cause::Removed { what }));
    }
}
