//! What is kept of a launch's job, pod and events: a few words of each, because an agent watches hundreds. Pure: objects
//! of the API in, summaries out. What they mean is decided in `verdict.rs`.

use castra_render::kubernetes::LAUNCH_ID_LABEL;
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{Container, ContainerStatus, Event, Pod, PodSpec, PodStatus};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use uuid::Uuid;

/// How long Kubernetes lets a pod end by default, in seconds.
const DEFAULT_GRACE: i64 = 30;

/// The launch that an object belongs to.
pub(crate) fn launch_of(metadata: &ObjectMeta) -> Option<Uuid> {
    metadata.labels.as_ref()?.get(LAUNCH_ID_LABEL)?.parse().ok()
}

/// All that is known of one launch.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Seen {
    pub(crate) job: Option<JobSeen>,
    /// In the order in which they were seen first.
    pub(crate) pods: Vec<PodSeen>,
    /// Why the job's pod cannot be created, in the API server's words.
    pub(crate) pod_refused: Option<String>,
}

/// What is kept of a job.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct JobSeen {
    pub(crate) name: String,
    pub(crate) uid: String,
    /// Whether Kubernetes starts its pod again, or several of them, because the template says so.
    pub(crate) repeats: bool,
    /// When it has to be over, if its template says so.
    pub(crate) deadline: Option<Deadline>,
    pub(crate) end: Option<JobEnd>,
    pub(crate) is_being_deleted: bool,
    pub(crate) is_gone: bool,
    /// The Secret that its first container takes the credential from.
    pub(crate) secret: Option<String>,
}

/// When a job has to be over (`activeDeadlineSeconds`).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Deadline {
    pub(crate) seconds: i64,
    /// `None` before it has begun.
    pub(crate) at: Option<Timestamp>,
}

/// How the job controller saw it end.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum JobEnd {
    Complete,
    Failed { reason: String, message: String },
}

/// What is kept of a pod.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct PodSeen {
    pub(crate) name: String,
    pub(crate) uid: String,
    pub(crate) phase: Phase,
    /// Why the pod as a whole is as it is, e.g. `Evicted`.
    pub(crate) reason: String,
    pub(crate) message: String,
    pub(crate) is_scheduled: bool,
    /// The scheduler's words, while it finds no node.
    pub(crate) unschedulable: Option<String>,
    /// What an API that disrupts pods says about it (condition `DisruptionTarget`, from Kubernetes 1.25 on).
    pub(crate) disrupted: Option<String>,
    /// When its deletion was asked for, by the API server's clock.
    pub(crate) deleted_at: Option<Timestamp>,
    pub(crate) is_gone: bool,
    /// How long its containers get to end, in seconds.
    pub(crate) grace: i64,
    /// Why an init container failed.
    pub(crate) init_failure: Option<String>,
    pub(crate) flow: ContainerSeen,
    pub(crate) told: PodTold,
}

/// A pod's phase.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Phase {
    #[default]
    Pending,
    Running,
    Succeeded,
    Failed,
    Unknown,
}

/// What is kept of the container that the flow run is in: the pod's first one, as in Prefect 1.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ContainerSeen {
    pub(crate) name: String,
    pub(crate) image: String,
    pub(crate) memory_limit: Option<String>,
    pub(crate) state: ContainerState,
}

/// Where a container stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum ContainerState {
    #[default]
    Unknown,
    Waiting {
        reason: String,
        message: String,
    },
    Running,
    Terminated(Terminated),
}

/// How a container ended.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Terminated {
    pub(crate) code: i32,
    pub(crate) signal: Option<i32>,
    pub(crate) reason: String,
    pub(crate) message: String,
    pub(crate) finished_at: Option<Timestamp>,
}

/// What events told of a pod.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct PodTold {
    pub(crate) is_pulling: bool,
    pub(crate) is_pulled: bool,
    /// Why its image could not be pulled the last time.
    pub(crate) pull_failure: Option<String>,
    /// Why its surroundings (volumes, network) cannot be made, while they cannot.
    pub(crate) stuck: Option<String>,
    /// Who took it off its node, and why.
    pub(crate) displaced: Option<String>,
}

impl From<&Job> for JobSeen {
    fn from(job: &Job) -> Self {
        let spec = job.spec.as_ref();
        let status = job.status.as_ref();
        let pod = spec.and_then(|spec| spec.template.spec.as_ref());
        let count = |number: Option<i32>| number.unwrap_or(1) > 1;
        let restarts = pod.and_then(|pod| pod.restart_policy.as_deref()) == Some("OnFailure");
        Self {
            name: job.metadata.name.clone().unwrap_or_default(),
            uid: job.metadata.uid.clone().unwrap_or_default(),
            repeats: restarts
                || spec.is_some_and(|spec| {
                    spec.backoff_limit != Some(0) || count(spec.completions) || count(spec.parallelism)
                }),
            deadline: spec.and_then(|spec| spec.active_deadline_seconds).map(|seconds| Deadline {
                seconds,
                at: status
                    .and_then(|status| status.start_time.as_ref())
                    .and_then(|start| start.0.checked_add(SignedDuration::from_secs(seconds)).ok()),
            }),
            end: job_end(job),
            is_being_deleted: job.metadata.deletion_timestamp.is_some(),
            is_gone: false,
            secret: pod.and_then(secret_of),
        }
    }
}

fn job_end(job: &Job) -> Option<JobEnd> {
    let conditions = job.status.as_ref()?.conditions.as_ref()?;
    conditions.iter().filter(|condition| condition.status == "True").find_map(|condition| {
        match condition.type_.as_str() {
            "Complete" => Some(JobEnd::Complete),
            "Failed" => Some(JobEnd::Failed {
                reason: condition.reason.clone().unwrap_or_default(),
                message: condition.message.clone().unwrap_or_default(),
            }),
            _ => None,
        }
    })
}

/// The Secret that the credential comes from.
fn secret_of(pod: &PodSpec) -> Option<String> {
    let env = pod.containers.first()?.env.as_ref()?;
    env.iter().find_map(|variable| {
        let is_credential = variable.name.ends_with("_API_KEY");
        let key = variable.value_from.as_ref()?.secret_key_ref.as_ref()?;
        is_credential.then(|| key.name.clone())
    })
}

impl PodSeen {
    /// Takes in the pod as it is now; what events told stays.
    pub(crate) fn update(&mut self, pod: &Pod) {
        let told = std::mem::take(&mut self.told);
        *self = Self { told, ..Self::from(pod) };
    }

    /// Whether anything of it may run, now or later.
    pub(crate) fn is_alive(&self) -> bool {
        !self.is_gone && !matches!(self.phase, Phase::Succeeded | Phase::Failed)
    }

    /// Whether nothing of it has ever run: its container waits for an image that the kubelet could not get, or there is no
    /// memory even for its surroundings.
    pub(crate) fn cannot_start(&self) -> bool {
        let reason = match &self.flow.state {
            ContainerState::Waiting { reason, .. } => reason.as_str(),
            _ => "",
        };
        matches!(reason, "ErrImageNeverPull" | "InvalidImageName" | "ErrImagePull" | "ImagePullBackOff")
            || self.lacks_memory()
    }

    /// Whether its surroundings cannot be made for lack of memory, in runc's words.
    pub(crate) fn lacks_memory(&self) -> bool {
        self.told.stuck.as_ref().is_some_and(|reason| reason.contains("OOM-killed"))
    }

    /// Takes in an event about it.
    pub(crate) fn take_event(&mut self, event: &Event) {
        let told = &mut self.told;
        let message = || Some(event.message.clone().unwrap_or_default());
        match event.reason.as_deref().unwrap_or_default() {
            "Pulling" => told.is_pulling = true,
            "Pulled" => {
                *told = PodTold { is_pulled: true, displaced: told.displaced.take(), ..PodTold::default() }
            }
            "Failed" if event.message.as_deref().is_some_and(|words| words.starts_with("Failed to pull")) => {
                told.is_pulling = false;
                told.pull_failure = message();
            }
            "FailedMount" | "FailedAttachVolume" | "FailedCreatePodSandBox" => told.stuck = message(),
            "Created" | "Started" => told.stuck = None,
            "Preempted" | "TaintManagerEviction" | "Evicted" | "NodeControllerEviction" => {
                told.displaced = message();
            }
            _ => {}
        }
    }
}

impl From<&Pod> for PodSeen {
    fn from(pod: &Pod) -> Self {
        let (no_spec, no_status) = (PodSpec::default(), PodStatus::default());
        let spec = pod.spec.as_ref().unwrap_or(&no_spec);
        let status = pod.status.as_ref().unwrap_or(&no_status);
        let condition = |type_: &str| {
            let conditions = status.conditions.as_deref().unwrap_or_default();
            conditions.iter().find(|condition| condition.type_ == type_)
        };
        let scheduled = condition("PodScheduled");
        Self {
            name: pod.metadata.name.clone().unwrap_or_default(),
            uid: pod.metadata.uid.clone().unwrap_or_default(),
            phase: phase(status),
            reason: status.reason.clone().unwrap_or_default(),
            message: status.message.clone().unwrap_or_default(),
            is_scheduled: scheduled.is_some_and(|scheduled| scheduled.status == "True"),
            unschedulable: scheduled
                .filter(|scheduled| scheduled.reason.as_deref() == Some("Unschedulable"))
                .map(|scheduled| scheduled.message.clone().unwrap_or_default()),
            disrupted: condition("DisruptionTarget")
                .filter(|disrupted| disrupted.status == "True")
                .map(|disrupted| disrupted.message.clone().or(disrupted.reason.clone()).unwrap_or_default()),
            deleted_at: deletion_request(&pod.metadata),
            is_gone: false,
            grace: spec.termination_grace_period_seconds.unwrap_or(DEFAULT_GRACE),
            init_failure: init_failure(status),
            flow: spec.containers.first().map(|flow| container(flow, status)).unwrap_or_default(),
            told: PodTold::default(),
        }
    }
}

/// A pod's deletion timestamp is the end of its grace.
fn deletion_request(metadata: &ObjectMeta) -> Option<Timestamp> {
    let end = metadata.deletion_timestamp.as_ref()?.0;
    let grace = SignedDuration::from_secs(metadata.deletion_grace_period_seconds.unwrap_or(0));
    Some(end.checked_sub(grace).unwrap_or(end))
}

fn phase(status: &PodStatus) -> Phase {
    match status.phase.as_deref() {
        None | Some("Pending") => Phase::Pending,
        Some("Running") => Phase::Running,
        Some("Succeeded") => Phase::Succeeded,
        Some("Failed") => Phase::Failed,
        Some(_) => Phase::Unknown,
    }
}

fn container(flow: &Container, status: &PodStatus) -> ContainerSeen {
    let limits = flow.resources.as_ref().and_then(|resources| resources.limits.as_ref());
    let statuses = status.container_statuses.as_deref().unwrap_or_default();
    ContainerSeen {
        name: flow.name.clone(),
        image: flow.image.clone().unwrap_or_default(),
        memory_limit: limits.and_then(|limits| limits.get("memory")).map(|limit| limit.0.clone()),
        state: statuses.iter().find(|status| status.name == flow.name).map(state).unwrap_or_default(),
    }
}

fn state(status: &ContainerStatus) -> ContainerState {
    let Some(state) = &status.state else { return ContainerState::Unknown };
    if let Some(terminated) = &state.terminated {
        return ContainerState::Terminated(Terminated {
            code: terminated.exit_code,
            signal: terminated.signal.filter(|&signal| signal > 0),
            reason: terminated.reason.clone().unwrap_or_default(),
            message: terminated.message.clone().unwrap_or_default(),
            finished_at: terminated.finished_at.as_ref().map(|at| at.0),
        });
    }
    match (&state.running, &state.waiting) {
        (Some(_), _) => ContainerState::Running,
        (None, Some(waiting)) => ContainerState::Waiting {
            reason: waiting.reason.clone().unwrap_or_default(),
            message: waiting.message.clone().unwrap_or_default(),
        },
        (None, None) => ContainerState::Unknown,
    }
}

fn init_failure(status: &PodStatus) -> Option<String> {
    let statuses = status.init_container_statuses.as_deref().unwrap_or_default();
    statuses.iter().find_map(|status| {
        let terminated = status.state.as_ref()?.terminated.as_ref()?;
        let (name, code) = (&status.name, terminated.exit_code);
        (code != 0).then(|| format!("its init container `{name}` failed with exit code {code}"))
    })
}
