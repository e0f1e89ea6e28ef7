//! What the summaries of a launch's job, pod and events mean: how far it has come, what holds it up, whether and why it
//! is over. Pure. Mostly one pod is one launch; where the template lets Kubernetes repeat it, the job's end is the end.

use std::time::Duration;

use castra_core::cause::{Cause, PullFailure};
use castra_core::launch::LaunchPhase;
use castra_render::kubernetes::KubernetesConfig;
use nix::sys::signal::Signal;

use super::seen::{ContainerSeen, ContainerState, JobEnd, JobSeen, Phase, PodSeen, Seen, Terminated};
use crate::launchers::pull_failure::pull_failure;

/// How long a container may fail to start before that counts: its Secret may come a moment after the pod, and a kubelet
/// that is short of something tries again.
const START_GRACE: Duration = Duration::from_secs(20);
/// How long a job may lack what it must have, while one watch lags behind another.
const LAG: Duration = Duration::from_secs(5);

/// How a launch stands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Verdict {
    /// How far it has come.
    pub(crate) phase: LaunchPhase,
    /// What it is busy with or held up by; empty if by nothing.
    pub(crate) detail: String,
    pub(crate) standing: Standing,
}

/// Whether it goes on.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Standing {
    Alive,
    /// If this lasts longer than its grace, it is the end.
    Troubled {
        cause: Cause,
        grace: Grace,
    },
    Over(Cause),
}

/// How long a kind of trouble may last. Trouble of one kind counts as one, however its words change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grace {
    ImagePull,
    Unschedulable,
    Start,
    Lag,
}

impl Grace {
    pub(crate) fn duration(self, config: &KubernetesConfig) -> Duration {
        match self {
            Grace::ImagePull => config.image_pull_grace,
            Grace::Unschedulable => config.unschedulable_grace,
            Grace::Start => START_GRACE,
            Grace::Lag => LAG,
        }
    }
}

/// How a launch stands.
pub(crate) fn verdict(seen: &Seen) -> Verdict {
    let Some(job) = &seen.job else {
        return Verdict { phase: LaunchPhase::Submitted, detail: String::new(), standing: Standing::Alive };
    };
    // A second pod of a job that is to have one is a replacement that must not count.
    let pod = if job.repeats { seen.pods.last() } else { seen.pods.first() };
    let standing = match job.repeats {
        true => repeated_end(job, pod),
        false => single_end(job, pod),
    };
    let standing = standing.unwrap_or_else(|| trouble(seen, pod));
    Verdict {
        phase: pod.map_or(LaunchPhase::Submitted, phase),
        detail: match &standing {
            Standing::Troubled { cause, .. } => cause.to_string(),
            Standing::Alive => pod.map(busy_with).unwrap_or_default(),
            Standing::Over(_) => String::new(),
        },
        standing,
    }
}

fn phase(pod: &PodSeen) -> LaunchPhase {
    match &pod.flow.state {
        ContainerState::Terminated(end) if !never_started(end) => LaunchPhase::Started,
        ContainerState::Running => LaunchPhase::Started,
        ContainerState::Terminated(_) => LaunchPhase::Pulled,
        _ if pod.told.is_pulled => LaunchPhase::Pulled,
        _ if pod.is_scheduled => LaunchPhase::Scheduled,
        _ => LaunchPhase::Submitted,
    }
}

fn busy_with(pod: &PodSeen) -> String {
    match pod.told.is_pulling && phase(pod) == LaunchPhase::Scheduled {
        true => format!("pulling the image `{}`", pod.flow.image),
        false => String::new(),
    }
}

/// The end of a job that is one pod.
fn single_end(job: &JobSeen, pod: Option<&PodSeen>) -> Option<Standing> {
    let by_pod = pod.and_then(|pod| {
        let deleted = || pod.deleted_at.is_some() || pod.is_gone;
        terminated(pod)
            .or_else(|| pod_failed(pod).filter(|_| !deleted()))
            .or_else(|| deleted().then(|| pod_removed(job, pod)))
    });
    if let Some(cause) = by_pod.or_else(|| job_removed(job)) {
        return Some(Standing::Over(cause));
    }
    match job.end.as_ref()? {
        JobEnd::Complete => Some(Standing::Over(Cause::Exited { code: 0 })),
        JobEnd::Failed { reason, .. } if reason == "DeadlineExceeded" => Some(Standing::Over(deadline(job))),
        // The pod's watch may be behind.
        JobEnd::Failed { message, .. } => {
            let reason = format!("nobody saw its pod end; Kubernetes says of the job: {message}");
            Some(Standing::Troubled { cause: Cause::Vanished { reason }, grace: Grace::Lag })
        }
    }
}

/// The end of a job whose template lets Kubernetes start pods again: how the last one ended, once the job is over.
fn repeated_end(job: &JobSeen, pod: Option<&PodSeen>) -> Option<Standing> {
    let cause = match &job.end {
        Some(JobEnd::Complete) => Cause::Exited { code: 0 },
        Some(JobEnd::Failed { reason, .. }) if reason == "DeadlineExceeded" => deadline(job),
        Some(JobEnd::Failed { message, .. }) => {
            let by_pod = pod.and_then(|pod| terminated(pod).or_else(|| pod_failed(pod)));
            by_pod.unwrap_or_else(|| Cause::Vanished {
                reason: format!("Kubernetes says of its job: {message}"),
            })
        }
        None => job_removed(job)?,
    };
    Some(Standing::Over(cause))
}

/// How the flow run's container ended, if it has.
fn terminated(pod: &PodSeen) -> Option<Cause> {
    let ContainerState::Terminated(end) = &pod.flow.state else { return None };
    // A kubelet that evicts ends the containers as well.
    if let Some(evicted) = evicted(pod) {
        return Some(evicted);
    }
    Some(match end {
        Terminated { code: 0, .. } => Cause::Exited { code: 0 },
        end if end.reason == "OOMKilled" => Cause::OutOfMemory { limit: pod.flow.memory_limit.clone() },
        end if never_started(end) => Cause::NotStarted { reason: words(&end.reason, &end.message) },
        end if pod.reason == "DeadlineExceeded" => Cause::Removed { what: pod_words(pod, end.code) },
        end => exited(end),
    })
}

fn pod_words(pod: &PodSeen, code: i32) -> String {
    format!("the pod {} was ended with exit code {code}: {}", pod.name, pod.message)
}

/// The runtime could not start the process: Docker's word, containerd's and CRI-O's.
fn never_started(end: &Terminated) -> bool {
    matches!(end.reason.as_str(), "ContainerCannotRun" | "StartError")
}

/// An exit code above 128 is a shell's and a runtime's word for a signal.
fn exited(end: &Terminated) -> Cause {
    let number = end.signal.unwrap_or(end.code - 128);
    match Signal::try_from(number) {
        Ok(signal) => Cause::Signaled { signal: signal.as_str().to_owned() },
        Err(_) => Cause::Exited { code: end.code },
    }
}

fn evicted(pod: &PodSeen) -> Option<Cause> {
    let by_kubelet = (pod.reason == "Evicted").then(|| pod.message.clone());
    let reason = by_kubelet.or_else(|| pod.disrupted.clone()).or_else(|| pod.told.displaced.clone())?;
    Some(Cause::Evicted { reason })
}

/// Why a pod failed of which no container is known to have ended.
fn pod_failed(pod: &PodSeen) -> Option<Cause> {
    if pod.reason == "NodeLost" {
        return Some(Cause::Vanished { reason: format!("its node is lost: {}", pod.message) });
    }
    if pod.phase != Phase::Failed {
        return None;
    }
    if let Some(evicted) = evicted(pod) {
        return Some(evicted);
    }
    if let Some(reason) = &pod.init_failure {
        return Some(Cause::NotStarted { reason: reason.clone() });
    }
    let reason = words(&pod.reason, &pod.message);
    Some(match pod.reason.as_str() {
        "DeadlineExceeded" => {
            Cause::Removed { what: format!("the pod {} was ended: {}", pod.name, pod.message) }
        }
        "" => {
            Cause::Vanished { reason: format!("the pod {} failed, and its node does not say how", pod.name) }
        }
        // The kubelet finds that the pod does not fit after all: `OutOfcpu`, `NodeAffinity`, `UnexpectedAdmissionError`.
        _ => Cause::Unschedulable { reason },
    })
}

/// Who deleted the pod.
fn pod_removed(job: &JobSeen, pod: &PodSeen) -> Cause {
    let is_past_deadline = || {
        let at = job.deadline.and_then(|deadline| deadline.at);
        at.zip(pod.deleted_at).is_some_and(|(at, deleted)| deleted >= at)
    };
    if let Some(evicted) = evicted(pod) {
        return evicted;
    }
    if let Some(removed) = job_removed(job) {
        return removed;
    }
    if job.deadline.is_some() && (is_past_deadline() || is_deadline_exceeded(job)) {
        return deadline(job);
    }
    Cause::Removed { what: format!("the pod {} was deleted", pod.name) }
}

fn is_deadline_exceeded(job: &JobSeen) -> bool {
    matches!(&job.end, Some(JobEnd::Failed { reason, .. }) if reason == "DeadlineExceeded")
}

fn deadline(job: &JobSeen) -> Cause {
    let seconds = job.deadline.map_or(0, |deadline| deadline.seconds);
    Cause::Removed {
        what: format!("the job {} was active longer than its activeDeadlineSeconds of {seconds}", job.name),
    }
}

fn job_removed(job: &JobSeen) -> Option<Cause> {
    let is_removed = job.is_gone || job.is_being_deleted;
    is_removed.then(|| Cause::Removed { what: format!("the job {} was deleted", job.name) })
}

/// What holds it up.
fn trouble(seen: &Seen, pod: Option<&PodSeen>) -> Standing {
    let Some(pod) = pod else {
        let words = seen.pod_refused.clone();
        return words.map_or(Standing::Alive, pod_refused);
    };
    let troubled = |cause, grace| Standing::Troubled { cause, grace };
    if let Some(reason) = &pod.unschedulable {
        return troubled(Cause::Unschedulable { reason: reason.clone() }, Grace::Unschedulable);
    }
    if let Some(standing) = waiting(pod, &pod.flow) {
        return standing;
    }
    match &pod.told.stuck {
        Some(reason) if phase(pod) < LaunchPhase::Started => stuck(pod, reason),
        _ => Standing::Alive,
    }
}

/// A volume or a network may still come; where not even the pod's surroundings fit into its memory, they never will.
fn stuck(pod: &PodSeen, reason: &str) -> Standing {
    if pod.lacks_memory() {
        let limit = pod.flow.memory_limit.clone();
        return Standing::Troubled { cause: Cause::OutOfMemory { limit }, grace: Grace::Start };
    }
    let cause = Cause::NotStarted { reason: reason.to_owned() };
    Standing::Troubled { cause, grace: Grace::Unschedulable }
}

/// A quota may have room again soon; a service account that does not exist will hardly come.
fn pod_refused(reason: String) -> Standing {
    match reason.contains("exceeded quota") {
        true => Standing::Troubled { cause: Cause::Unschedulable { reason }, grace: Grace::Unschedulable },
        false => Standing::Troubled { cause: Cause::NotStarted { reason }, grace: Grace::Start },
    }
}

/// What the kubelet waits for with the container.
fn waiting(pod: &PodSeen, flow: &ContainerSeen) -> Option<Standing> {
    let ContainerState::Waiting { reason, message } = &flow.state else { return None };
    let not_pulled = |failure, reason| Cause::ImageNotPulled { image: flow.image.clone(), failure, reason };
    Some(match reason.as_str() {
        "ErrImageNeverPull" => Standing::Over(not_pulled(PullFailure::NotPresent, message.clone())),
        "InvalidImageName" => Standing::Over(not_pulled(PullFailure::Other, message.clone())),
        "ErrImagePull" | "ImagePullBackOff" | "ImageInspectError" | "RegistryUnavailable" => {
            // While it holds back, the kubelet does not repeat why; an event told.
            let held_back = reason == "ImagePullBackOff";
            let told = pod.told.pull_failure.clone().filter(|_| held_back).unwrap_or_else(|| message.clone());
            Standing::Troubled { cause: not_pulled(pull_failure(&told), told), grace: Grace::ImagePull }
        }
        "CreateContainerConfigError"
        | "CreateContainerError"
        | "RunContainerError"
        | "PreCreateHookError"
        | "PreStartHookError"
        | "PostStartHookError" => {
            let cause = Cause::NotStarted { reason: words(reason, message) };
            Standing::Troubled { cause, grace: Grace::Start }
        }
        _ => return None,
    })
}

/// A reason and its message.
fn words(reason: &str, message: &str) -> String {
    match message {
        "" => reason.to_owned(),
        message => format!("{reason}: {message}"),
    }
}

#[cfg(test)]
mod tests;
