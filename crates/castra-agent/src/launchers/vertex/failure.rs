//! Failure: what Google's words about a failed job mean. Pure. Google gives one code to many things, so the words are looked
//! at; they are those of its page "Understand the custom training service" and of jobs that failed.

use castra_core::cause::Cause;
use nix::sys::signal::Signal;

use super::job::{Job, Status, code};
use crate::launchers::pull_failure::pull_failure;

/// The flow run's container is the first pool's one replica.
const OWN_REPLICA: &str = "workerpool0-0";
/// Signs of an image that could not be had.
const IMAGE: [&str; 5] = ["pull image", "pulling image", "image pull", "imagepull", "container image"];
/// Signs that there are no machines for it, or that it may not have them.
const NO_PLACE: [&str; 5] =
    ["resources are insufficient", "enough resources", "stockout", "quota", "resource_pool_exhausted"];

/// How the flow run's container, or another of its job, ended.
struct Exit<'a> {
    replica: &'a str,
    code: i32,
}

/// Why a job failed.
pub(crate) fn failure(job: &Job) -> Cause {
    let unknown = Status::default();
    let status = job.error.as_ref().unwrap_or(&unknown);
    let words = status.message.trim();
    match Exit::read(words) {
        Some(exit) => exited(&exit, job, words),
        None => without_exit(job, status, words),
    }
}

fn exited(exit: &Exit<'_>, job: &Job, words: &str) -> Cause {
    if exit.replica != OWN_REPLICA {
        return Cause::Removed { what: format!("the custom job {} failed, because {words}", job.id()) };
    }
    if words.contains("out of memory") || words.contains("out-of-memory") || words.contains("OOMKilled") {
        return Cause::OutOfMemory { limit: None };
    }
    if words.contains("StartError") || words.contains("ContainerCannotRun") {
        return Cause::NotStarted { reason: words.to_owned() };
    }
    // An exit code above 128 is a container runtime's word for a signal.
    match Signal::try_from(exit.code - 128) {
        Ok(signal) => Cause::Signaled { signal: signal.as_str().to_owned() },
        Err(_) => Cause::Exited { code: exit.code },
    }
}

fn without_exit(job: &Job, status: &Status, words: &str) -> Cause {
    let lower = words.to_lowercase();
    let says = |signs: &[&str]| signs.iter().any(|sign| lower.contains(sign));
    let reason = || told(words);
    let has_run = job.started_at.is_some() || job.spec.has_others;
    if says(&["low on memory", "out of memory"]) {
        return Cause::OutOfMemory { limit: None };
    }
    if says(&["preempt"]) {
        return Cause::Evicted { reason: reason() };
    }
    if !has_run && says(&IMAGE) {
        let image = job.spec.image.clone().unwrap_or_default();
        return Cause::ImageNotPulled { image, failure: pull_failure(words), reason: reason() };
    }
    if says(&NO_PLACE) || status.code == code::RESOURCE_EXHAUSTED {
        return match has_run {
            true => Cause::Unschedulable { reason: reason() },
            // Nothing of it has run: it may be tried again.
            false => Cause::NotLaunched { reason: format!("Vertex AI had no place for it: {}", reason()) },
        };
    }
    if matches!(status.code, code::INTERNAL | code::UNAVAILABLE) || says(&["internal error occurred"]) {
        return match has_run {
            true => Cause::Vanished { reason: format!("Vertex AI lost it: {}", reason()) },
            false => Cause::NotLaunched { reason: format!("Vertex AI could not start it: {}", reason()) },
        };
    }
    match job.started_at {
        None => Cause::NotStarted { reason: reason() },
        Some(_) => Cause::Removed { what: format!("the custom job {} failed: {}", job.id(), reason()) },
    }
}

fn told(words: &str) -> String {
    match words {
        "" => "Vertex AI does not say why".to_owned(),
        words => words.to_owned(),
    }
}

impl<'a> Exit<'a> {
    /// `The replica workerpool0-0 … exited with a non-zero status of 3. …`
    fn read(words: &'a str) -> Option<Self> {
        let (before, after) = words.split_once("exited with a non-zero status of ")?;
        let digits = after.split(|char: char| !char.is_ascii_digit()).next()?;
        let (_, replica) = before.rsplit_once("replica ")?;
        Some(Self { replica: replica.split(' ').next()?, code: digits.parse().ok()? })
    }
}

#[cfg(test)]
mod tests {
    use super::super::job::{JobSpec, JobState};
    use super::*;

    fn job(code: i32, message: &str, has_started: bool) -> Job {
        Job {
            name: "projects/1/locations/us-central1/customJobs/42".to_owned(),
            launch_id: None,
            state: JobState::Failed,
            error: Some(Status { code, message: message.to_owned() }),
            started_at: has_started.then_some(jiff::Timestamp::UNIX_EPOCH),
            ended_at: None,
            spec: JobSpec { image: Some("r.test/etl:2".to_owned()), ..JobSpec::default() },
        }
    }

    fn after_start(code: i32, message: &str) -> String {
        failure(&job(code, message, true)).to_string()
    }

    fn before_start(code: i32, message: &str) -> String {
        failure(&job(code, message, false)).to_string()
    }

    #[test]
    fn a_container_that_ended_tells_its_exit_code_or_signal() {
        let ended = |status| {
            after_start(
                3,
                &format!(
                    "The replica workerpool0-0 exited with a non-zero status of {status}. Termination reason: Error."
                ),
            )
        };
        insta::assert_snapshot!(ended(3), @"The flow run's process failed with exit code 3");
        insta::assert_snapshot!(ended(139), @"The flow run's process was killed by SIGSEGV, which Castra did not send");
        insta::assert_snapshot!(ended(250), @"The flow run's process failed with exit code 250");
    }

    #[test]
    fn memory_that_ran_out_is_told() {
        let words = [
            "The replica workerpool0-0 ran out of memory and exited with a non-zero status of 137.",
            "The replica workerpool0-0 exited with a non-zero status of 137. Termination reason: OOMKilled.",
            "Replicas low on memory: workerpool0. Specify a machine with larger memory and try again.",
        ];
        for words in words {
            assert_eq!(failure(&job(8, words, true)), Cause::OutOfMemory { limit: None }, "{words}");
        }
    }

    #[test]
    fn another_replicas_end_is_not_the_flow_runs() {
        insta::assert_snapshot!(after_start(3, "The replica workerpool1-0 exited with a non-zero status of 1. Termination reason: Error."), @"The flow run was ended from outside: the custom job 42 failed, because The replica workerpool1-0 exited with a non-zero status of 1. Termination reason: Error., which Castra did not do");
    }

    #[test]
    fn a_container_that_could_not_start_tells_why() {
        insta::assert_snapshot!(after_start(3, "The replica workerpool0-0 exited with a non-zero status of 128. Termination reason: StartError. Termination log message: exec: no such file"), @"The flow run could not be started: The replica workerpool0-0 exited with a non-zero status of 128. Termination reason: StartError. Termination log message: exec: no such file");
        insta::assert_snapshot!(before_start(7, "Vertex AI Service Agent may not use the network."), @"The flow run could not be started: Vertex AI Service Agent may not use the network.");
        insta::assert_snapshot!(before_start(0, ""), @"The flow run could not be started: Vertex AI does not say why");
    }

    #[test]
    fn an_image_that_cannot_be_had_is_told_with_its_kind() {
        insta::assert_snapshot!(before_start(5, "Failed to pull image r.test/etl:2: manifest unknown"), @"The image `r.test/etl:2` could not be pulled: Failed to pull image r.test/etl:2: manifest unknown (see that name and tag are right and the image was pushed)");
        insta::assert_snapshot!(before_start(7, "Error pulling image: denied: Permission artifactregistry.repositories.downloadArtifacts denied"), @"The image `r.test/etl:2` could not be pulled: Error pulling image: denied: Permission artifactregistry.repositories.downloadArtifacts denied (give the target credentials for the registry)");
    }

    #[test]
    fn what_never_ran_for_want_of_machines_may_be_tried_again() {
        let stockout = "Resources are insufficient in region: us-central1. Try a different region or use a different accelerator.";
        insta::assert_snapshot!(before_start(8, stockout), @"The run was not launched: Vertex AI had no place for it: Resources are insufficient in region: us-central1. Try a different region or use a different accelerator.");
        insta::assert_snapshot!(before_start(13, "Internal error occurred for the current attempt."), @"The run was not launched: Vertex AI could not start it: Internal error occurred for the current attempt.");
        // Of several pools the first may have run before there was no room for the second.
        let mut several = job(8, stockout, false);
        several.spec.has_others = true;
        insta::assert_snapshot!(failure(&several), @"No place was found for the flow run: Resources are insufficient in region: us-central1. Try a different region or use a different accelerator.");
    }

    #[test]
    fn what_google_lost_or_took_is_told() {
        insta::assert_snapshot!(after_start(13, "Internal error occurred for the current attempt."), @"The flow run's process is gone: Vertex AI lost it: Internal error occurred for the current attempt.");
        insta::assert_snapshot!(after_start(10, "The spot VM was preempted."), @"The flow run was evicted: The spot VM was preempted.");
        insta::assert_snapshot!(after_start(9, "Something new."), @"The flow run was ended from outside: the custom job 42 failed: Something new., which Castra did not do");
    }
}
