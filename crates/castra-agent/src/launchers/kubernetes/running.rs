//! What the launcher holds of one launch, and the next thing to say of it. Pure but for the clock it is given; requests
//! are `client.rs`'s.

use castra_core::cause::Cause;
use castra_core::launch::LaunchPhase;
use castra_render::kubernetes::KubernetesConfig;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::api::JobId;
use super::board::Followed;
use super::seen::{ContainerState, Seen};
use super::verdict::{Grace, Standing, Verdict, verdict};
use crate::launchers::Observation;

/// A flow run's job.
#[derive(Debug)]
pub struct RunningJob {
    pub(crate) followed: Followed,
    pub(crate) job: JobId,
    /// The phase that was told last.
    pub(crate) phase: LaunchPhase,
    detail: String,
    trouble: Option<(Grace, Instant)>,
    pub(crate) ending: Option<Ending>,
}

/// A launch that is over, or is to be, and what was done about it so far: waiting for it may be broken off and taken up
/// again.
#[derive(Debug)]
pub(crate) struct Ending {
    /// Why it is over; `None` if it is being stopped.
    pub(crate) cause: Option<Cause>,
    /// The last lines, once they were read.
    pub(crate) last_lines: Option<Vec<String>>,
    /// When the deletion of what could still run was asked for.
    pub(crate) deleted: Option<Instant>,
}

/// What is next.
#[derive(Debug)]
pub(crate) enum Next {
    /// Say this.
    Say(Observation),
    /// It is over.
    End(Cause),
    /// Wait for news, at most until then.
    Wait(Option<Instant>),
}

impl Ending {
    pub(crate) fn of(cause: Cause) -> Self {
        Self { cause: Some(cause), last_lines: None, deleted: None }
    }

    pub(crate) fn stop() -> Self {
        Self { cause: None, last_lines: None, deleted: None }
    }
}

impl RunningJob {
    pub(crate) fn new(followed: Followed, job: JobId) -> Self {
        Self {
            followed,
            job,
            phase: LaunchPhase::Submitted,
            detail: String::new(),
            trouble: None,
            ending: None,
        }
    }

    /// What identifies it in its cluster.
    pub(crate) fn handle(&self, namespace: &str) -> Value {
        json!({ "namespace": namespace, "job": self.job.name, "uid": self.job.uid })
    }

    /// What is next, from what is known now.
    pub(crate) fn next(&mut self, now: Instant, config: &KubernetesConfig) -> Next {
        let (seen, broken) = self.followed.look();
        let Verdict { phase, detail, standing } = verdict(&seen);
        if phase > self.phase {
            self.phase = phase;
            return Next::Say(Observation::Reached(phase));
        }
        let patience = match standing {
            Standing::Over(cause) => return Next::End(cause),
            Standing::Troubled { cause, grace } => {
                let since = self.since(grace, now);
                let until = since + grace.duration(config);
                // While the cluster does not answer, nobody knows whether the trouble is over.
                if now >= until && broken.is_none() {
                    return Next::End(cause);
                }
                Some(until).filter(|&until| until > now)
            }
            Standing::Alive => {
                self.trouble = None;
                None
            }
        };
        let detail = broken.unwrap_or(detail);
        if detail != self.detail {
            self.detail.clone_from(&detail);
            return Next::Say(Observation::Waits(detail));
        }
        Next::Wait(patience)
    }

    /// Since when it has this kind of trouble.
    fn since(&mut self, grace: Grace, now: Instant) -> Instant {
        match self.trouble {
            Some((kind, since)) if kind == grace => since,
            _ => {
                self.trouble = Some((grace, now));
                now
            }
        }
    }

    /// The end, if it is known without asking Castra to stop it.
    pub(crate) fn own_end(&mut self) -> Option<Cause> {
        match verdict(&self.followed.look().0).standing {
            Standing::Over(cause) => Some(cause),
            _ => None,
        }
    }
}

/// Whether anything of an ended launch runs, or would be started.
pub(crate) fn may_run(seen: &Seen) -> bool {
    if seen.pods.iter().any(|pod| pod.is_alive()) {
        return true;
    }
    let Some(job) = &seen.job else { return false };
    let is_over = job.end.is_some() || job.is_being_deleted || job.is_gone;
    // A job that starts once is done with a pod that ended, but replaces one that was deleted.
    let has_ended = seen.pods.iter().any(|pod| pod.deleted_at.is_none() && !pod.is_gone);
    !is_over && (job.repeats || !has_ended)
}

/// Whether a job that is being deleted has nothing left that runs.
pub(crate) fn is_settled(seen: &Seen) -> bool {
    let is_gone = seen.job.as_ref().is_none_or(|job| job.is_gone);
    let is_going = seen.job.as_ref().is_some_and(|job| job.is_being_deleted);
    // A pod that nobody has seen yet would hold the job.
    seen.pods.iter().all(|pod| !pod.is_alive()) && (is_gone || (is_going && !seen.pods.is_empty()))
}

/// How a launch that was stopped has ended: by itself if it had before, else by the last signal it took.
pub(crate) fn stopped(seen: &Seen, took: std::time::Duration, grace: std::time::Duration) -> Cause {
    let pod = seen.pods.first();
    let container = pod.map(|pod| &pod.flow.state);
    if let (Some(pod), Some(ContainerState::Terminated(end))) = (pod, container) {
        let before = end.finished_at.zip(pod.deleted_at).is_some_and(|(end, deleted)| end < deleted);
        if before && let Standing::Over(cause) = verdict(seen).standing {
            return cause;
        }
        // A container that has not ended within the grace is killed.
        let signal = if end.code == 137 { "SIGKILL" } else { "SIGTERM" };
        return Cause::Stopped { signal: signal.to_owned() };
    }
    let signal = if took >= grace { "SIGKILL" } else { "SIGTERM" };
    Cause::Stopped { signal: signal.to_owned() }
}
