//! What every launcher must do, whatever it launches on. A new launcher adds a [`Fixture`] and a line at the end.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail like tests")]

mod support;

use std::future::Future;

use castra_agent::launchers::docker::DockerLauncher;
use castra_agent::launchers::ecs::EcsLauncher;
use castra_agent::launchers::kubernetes::KubernetesLauncher;
use castra_agent::launchers::local::LocalLauncher;
use castra_agent::launchers::memory::{MemoryLauncher, Target};
use castra_agent::launchers::vertex::VertexLauncher;
use castra_agent::launchers::{KnownLaunch, LaunchError, Launcher, Observation};
use castra_core::cause::{Cause, LaunchEnd};
use castra_core::claim::Claim;
use castra_core::credential::Credential;
use castra_core::launch::LaunchPhase;
use castra_core::mask::mask;
use castra_render::vertex::VertexConfig;
use castra_render::{Order, Spec as _};
use serde_json::{Value, json};
use support::docker::Docker;
use support::ecs::Ecs;
use support::kubernetes::Kubernetes;
use support::vertex::Vertex;
use support::{Folder, Starts as _, claim, order, script};
use uuid::Uuid;

/// What a flow run does once it is launched.
#[derive(Clone, Copy)]
enum Does {
    Run,
    Exit(i32),
    DieOf(&'static str),
    IgnoreTerm,
}

/// A target under test. It outlives its launchers, as a machine outlives its agents.
trait Fixture: Sized {
    type Launcher: Launcher;

    /// The target; `None`, and a word about it, if this machine has none.
    fn find() -> impl Future<Output = Option<Self>>;
    /// A launcher for the target, as after a restart of the agent.
    fn launcher(&self) -> impl Future<Output = Self::Launcher>;
    /// A run that does this.
    fn claim(&self, does: Does) -> Claim;
    /// A run that cannot be launched.
    fn impossible(&self) -> Claim;
    /// Waits until a run that goes on has come so far that it can be stopped.
    fn is_up(&self) -> impl Future<Output = ()>;
    /// What is told to have stopped a run that does this.
    fn stopped_with(does: Does) -> &'static str {
        match does {
            Does::IgnoreTerm => "SIGKILL",
            _ => "SIGTERM",
        }
    }
    /// Whether anything of a launch runs.
    fn runs(&self, launch_id: Uuid, handle: &Value) -> impl Future<Output = bool>;
    /// Whether anything of a launch is still there, if only to look at.
    fn remains(&self, launch_id: Uuid, handle: &Value) -> impl Future<Output = bool>;
    /// Whether the target itself keeps what has ended for a while, so that it can be found again.
    fn keeps_what_ended(&self) -> bool {
        false
    }
}

struct Local(Folder);

impl Fixture for Local {
    type Launcher = LocalLauncher;

    async fn find() -> Option<Self> {
        Some(Self(Folder::new()))
    }

    async fn launcher(&self) -> LocalLauncher {
        self.0.local_launcher()
    }

    fn claim(&self, does: Does) -> Claim {
        script(&self.0, &text(does))
    }

    fn impossible(&self) -> Claim {
        claim(json!({ "type": "Executable", "path": "/no/such/flow", "flow": "f" }), Value::Null)
    }

    async fn is_up(&self) {
        self.0.told().await;
    }

    async fn runs(&self, _: Uuid, handle: &Value) -> bool {
        let group = nix::unistd::Pid::from_raw(handle["pid"].as_i64().unwrap().try_into().unwrap());
        let members = std::fs::read_dir("/proc").unwrap().flatten().filter(|entry| {
            let stat = std::fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
            let Some((_, fields)) = stat.rsplit_once(") ") else { return false };
            fields.split(' ').nth(2) == Some(&group.to_string()) && !fields.starts_with('Z')
        });
        members.count() > 0
    }

    async fn remains(&self, launch_id: Uuid, handle: &Value) -> bool {
        let output = self.0.agent().state_directory.join("output").join(launch_id.to_string());
        self.runs(launch_id, handle).await || output.exists()
    }
}

impl Fixture for Docker {
    type Launcher = DockerLauncher;

    async fn find() -> Option<Self> {
        Docker::find().await
    }

    async fn launcher(&self) -> DockerLauncher {
        self.launcher().await
    }

    fn claim(&self, does: Does) -> Claim {
        self.script(&text(does))
    }

    fn impossible(&self) -> Claim {
        // Nobody names an image.
        claim(json!({ "type": "Executable", "path": "/bin/sh", "flow": "f" }), Value::Null)
    }

    async fn is_up(&self) {
        self.folder.told().await;
    }

    async fn runs(&self, launch_id: Uuid, _: &Value) -> bool {
        self.runs(launch_id).await
    }

    async fn remains(&self, launch_id: Uuid, _: &Value) -> bool {
        !self.containers(launch_id).await.is_empty()
    }
}

impl Fixture for Kubernetes {
    type Launcher = KubernetesLauncher;

    async fn find() -> Option<Self> {
        Kubernetes::find().await
    }

    async fn launcher(&self) -> KubernetesLauncher {
        self.launcher().await
    }

    fn claim(&self, does: Does) -> Claim {
        self.script(&text(does))
    }

    fn impossible(&self) -> Claim {
        // The API server refuses the container's name.
        let mut template = self.template();
        template["spec"]["template"]["spec"]["containers"][0]["name"] = json!("No Name");
        self.script_with("exit 0", json!({ "job_template": template }))
    }

    async fn is_up(&self) {
        self.is_up().await;
    }

    async fn runs(&self, launch_id: Uuid, _: &Value) -> bool {
        self.runs(launch_id).await
    }

    async fn remains(&self, launch_id: Uuid, _: &Value) -> bool {
        self.remains(launch_id).await
    }
}

impl Fixture for Ecs {
    type Launcher = EcsLauncher;

    async fn find() -> Option<Self> {
        Ecs::start()
    }

    async fn launcher(&self) -> EcsLauncher {
        self.launcher().await
    }

    fn claim(&self, does: Does) -> Claim {
        self.script(&text(does))
    }

    fn impossible(&self) -> Claim {
        // AWS knows no such memory for so much CPU.
        self.script_with(
            "exit 0",
            json!({ "task_definition": { "networkMode": "awsvpc", "cpu": "256", "memory": "8192" } }),
        )
    }

    async fn is_up(&self) {
        self.folder.told().await;
    }

    async fn runs(&self, launch_id: Uuid, _: &Value) -> bool {
        self.runs(launch_id).await
    }

    async fn remains(&self, launch_id: Uuid, _: &Value) -> bool {
        self.remains(launch_id).await
    }

    /// ECS tells of a stopped task for an hour.
    fn keeps_what_ended(&self) -> bool {
        true
    }
}

impl Fixture for Vertex {
    type Launcher = VertexLauncher;

    async fn find() -> Option<Self> {
        Vertex::find().await
    }

    async fn launcher(&self) -> VertexLauncher {
        let config = VertexConfig { delete_finished_jobs: true, ..self.config() };
        self.launcher_with(config).await.unwrap()
    }

    fn claim(&self, does: Does) -> Claim {
        self.script(&text(does))
    }

    fn impossible(&self) -> Claim {
        // Google's parser knows no such field.
        self.script_with("exit 0", json!({ "scheduling": { "no_such_field": 1 } }))
    }

    async fn is_up(&self) {
        self.is_up().await;
    }

    /// Vertex AI does not tell which signal it took.
    fn stopped_with(_: Does) -> &'static str {
        "CancelCustomJob"
    }

    async fn runs(&self, launch_id: Uuid, _: &Value) -> bool {
        self.runs(launch_id).await
    }

    async fn remains(&self, launch_id: Uuid, _: &Value) -> bool {
        self.job_of(launch_id).await.is_some()
    }
}

/// What a shell does.
fn text(does: Does) -> String {
    match does {
        Does::Run => r#"sleep 600 & echo up > "$PIPE"; wait"#.to_owned(),
        Does::Exit(code) => format!("exit {code}"),
        Does::DieOf(signal) => format!("kill -{} $$", signal.trim_start_matches("SIG")),
        // Its child ignores the signal as well.
        Does::IgnoreTerm => r#"trap "" TERM; sleep 600 & echo up > "$PIPE"; wait"#.to_owned(),
    }
}

struct Memory(Target);

impl Fixture for Memory {
    type Launcher = MemoryLauncher;

    async fn find() -> Option<Self> {
        Some(Self(Target::default()))
    }

    async fn launcher(&self) -> MemoryLauncher {
        MemoryLauncher::new(self.0.clone())
    }

    fn claim(&self, does: Does) -> Claim {
        memory_claim(&match does {
            Does::Run => "runs".to_owned(),
            Does::Exit(code) => format!("exits {code}"),
            Does::DieOf(signal) => format!("killed {signal}"),
            Does::IgnoreTerm => "ignores SIGTERM".to_owned(),
        })
    }

    fn impossible(&self) -> Claim {
        memory_claim("flies")
    }

    async fn is_up(&self) {}

    async fn runs(&self, launch_id: Uuid, _: &Value) -> bool {
        self.0.running().contains(&launch_id)
    }

    async fn remains(&self, launch_id: Uuid, handle: &Value) -> bool {
        self.runs(launch_id, handle).await
    }
}

fn memory_claim(behaviour: &str) -> Claim {
    let env = json!({ "CASTRA_MEMORY_BEHAVIOUR": behaviour });
    claim(Value::Null, json!({ "type": "UniversalRun", "env": env, "labels": [] }))
}

fn known(order: &Order, handle: Option<&Value>) -> [KnownLaunch; 1] {
    [KnownLaunch { launch_id: order.launch_id, handle: handle.cloned() }]
}

/// Nothing of an ended launch runs; what it has left to look at is removed, however often that is asked for.
async fn clear_away<F: Fixture>(fixture: &F, launcher: &F::Launcher, launch_id: Uuid, handle: &Value) {
    assert!(!fixture.runs(launch_id, handle).await);
    launcher.remove(launch_id, Some(handle)).await;
    assert!(!fixture.remains(launch_id, handle).await);
    launcher.remove(launch_id, None).await;
}

/// Launches, watches to the end, and checks that nothing remains.
async fn end_of<F: Fixture>(fixture: &F, does: Does) -> Cause {
    let launcher = fixture.launcher().await;
    let order = order(fixture.claim(does));
    let mut launched = launcher.start(&order).await.unwrap();
    loop {
        if let Observation::Ended(LaunchEnd { cause, .. }) = launcher.observe(&mut launched.running).await {
            clear_away(fixture, &launcher, order.launch_id, &launched.handle).await;
            return cause;
        }
    }
}

async fn its_end_is_seen<F: Fixture>(fixture: F) {
    assert_eq!(end_of(&fixture, Does::Exit(0)).await, Cause::Exited { code: 0 });
    assert_eq!(end_of(&fixture, Does::Exit(3)).await, Cause::Exited { code: 3 });
    let killed = end_of(&fixture, Does::DieOf("SIGSEGV")).await;
    assert_eq!(killed, Cause::Signaled { signal: "SIGSEGV".to_owned() });
}

async fn what_it_is_rendered_to_can_be_shown_without_secrets<F: Fixture>(fixture: F) {
    let order = order(fixture.claim(Does::Run));
    let rendered = fixture.launcher().await.render(&order).await.unwrap();
    let credential = order.credential.as_ref().map(Credential::expose).unwrap();
    let mut shown = rendered.to_json();
    mask(&mut shown, Some(credential));
    let shown = shown.to_string();
    assert!(shown.contains(&order.flow_run.id.to_string()) && !shown.contains(credential), "{shown}");
}

async fn it_starts_with_a_handle<F: Fixture>(fixture: F) {
    let launcher = fixture.launcher().await;
    let order = order(fixture.claim(Does::Run));
    let mut launched = launcher.start(&order).await.unwrap();
    assert!(launched.phase > LaunchPhase::Claimed && launched.handle.is_object());
    assert!(fixture.runs(order.launch_id, &launched.handle).await);
    fixture.is_up().await;
    launcher.stop(&mut launched.running).await;
    clear_away(&fixture, &launcher, order.launch_id, &launched.handle).await;
}

async fn it_is_stopped_and_gone<F: Fixture>(fixture: F) {
    for does in [Does::Run, Does::IgnoreTerm] {
        let launcher = fixture.launcher().await;
        let order = order(fixture.claim(does));
        let mut launched = launcher.start(&order).await.unwrap();
        fixture.is_up().await;
        let end = launcher.stop(&mut launched.running).await;
        assert_eq!(end.cause, Cause::Stopped { signal: F::stopped_with(does).to_owned() });
        clear_away(&fixture, &launcher, order.launch_id, &launched.handle).await;
    }
}

async fn what_ended_by_itself_was_not_stopped<F: Fixture>(fixture: F) {
    let launcher = fixture.launcher().await;
    let order = order(fixture.claim(Does::Exit(3)));
    let mut launched = launcher.start(&order).await.unwrap();
    // A target may have other news before.
    while !matches!(launcher.observe(&mut launched.running).await, Observation::Ended(_)) {}
    assert_eq!(launcher.stop(&mut launched.running).await.cause, Cause::Exited { code: 3 });
    clear_away(&fixture, &launcher, order.launch_id, &launched.handle).await;
}

async fn what_cannot_be_launched_is_refused_and_leaves_nothing<F: Fixture>(fixture: F) {
    let launcher = fixture.launcher().await;
    let order = order(fixture.impossible());
    let refused = launcher.start(&order).await.map(|_| ()).unwrap_err();
    assert!(matches!(refused, LaunchError::Refused(_)), "{refused:?}");
    assert!(launcher.adopt(&known(&order, None)).await.is_empty());
}

async fn one_launch_is_launched_once<F: Fixture>(fixture: F) {
    let launcher = fixture.launcher().await;
    let order = order(fixture.claim(Does::Run));
    let mut launched = launcher.start(&order).await.unwrap();
    fixture.is_up().await;
    let again = launcher.start(&order).await.map(|_| ()).unwrap_err();
    assert!(matches!(again, LaunchError::NotLaunched(_)), "{again:?}");
    launcher.stop(&mut launched.running).await;
    clear_away(&fixture, &launcher, order.launch_id, &launched.handle).await;
}

async fn it_is_adopted_after_a_restart_and_stopped<F: Fixture>(fixture: F) {
    for with_handle in [true, false] {
        let order = order(fixture.claim(Does::Run));
        let launched = fixture.launcher().await.start(&order).await.unwrap();
        fixture.is_up().await;
        let handle = launched.handle.clone();
        drop(launched);

        let launcher = fixture.launcher().await;
        let known = known(&order, with_handle.then_some(&handle));
        let mut adopted = launcher.adopt(&known).await.remove(&order.launch_id).unwrap();
        assert_eq!(adopted.handle, handle);
        let end = launcher.stop(&mut adopted.running).await;
        assert_eq!(end.cause, Cause::Stopped { signal: F::stopped_with(Does::Run).to_owned() });
        clear_away(&fixture, &launcher, order.launch_id, &handle).await;
        assert!(fixture.keeps_what_ended() || launcher.adopt(&known).await.is_empty());
    }
}

/// The tests of this file, for one target.
macro_rules! conformance {
    ($name:ident, $fixture:ty: $($test:ident)*) => {
        mod $name {
            use super::*;

            $(#[tokio::test]
            async fn $test() {
                if let Some(fixture) = <$fixture>::find().await {
                    super::$test(fixture).await;
                }
            })*
        }
    };
    ($($name:ident: $fixture:ty),*) => {
        $(conformance! { $name, $fixture:
            its_end_is_seen
            what_it_is_rendered_to_can_be_shown_without_secrets
            it_starts_with_a_handle
            it_is_stopped_and_gone
            what_ended_by_itself_was_not_stopped
            what_cannot_be_launched_is_refused_and_leaves_nothing
            one_launch_is_launched_once
            it_is_adopted_after_a_restart_and_stopped
        })*
    };
}

conformance!(local: Local, memory: Memory, docker: Docker, kubernetes: Kubernetes, ecs: Ecs, vertex: Vertex);
