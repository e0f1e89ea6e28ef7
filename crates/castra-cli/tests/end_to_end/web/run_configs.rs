//! Run configs of every type that are overridden in the dialog: what is launched is what was written there. One of Universal
//! type is in `new_run.rs`.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::browser::Browser;
use super::new_run::dialog;
use crate::support::clouds::Cloud;
use crate::support::cluster::Namespace;
use crate::support::engine::{self, BASE, docker};
use crate::support::{Witness, World, castra, eventually, witness_program};

/// The dialog of the witness. Its run leaves its line in the file that it is told by a variable, and stays until it is let go.
struct Dialog<'a> {
    world: &'a World,
    browser: &'a Browser,
    witness: Witness,
}

impl<'a> Dialog<'a> {
    /// Opens it and chooses a type, which has this field.
    async fn with(world: &'a World, browser: &'a Browser, kind: &str, field: &str) -> Self {
        let witness = Witness::register(world).await;
        browser.open(&dialog(world, &witness.flow).await).await;
        browser.finds("#field-type").await.select_by_label(kind).await.unwrap();
        browser.finds(&format!("#field-{field}")).await;
        let dialog = Self { world, browser, witness };
        dialog.fills("[name='parameter.gate']", dialog.gate()).await;
        dialog.fills("tr:first-child [name='env.name']", "WITNESS_FILE").await;
        dialog.fills("tr:first-child [name='env.value']", world.path("testimonies").to_str().unwrap()).await;
        dialog
    }

    fn gate(&self) -> String {
        self.world.path("gate").to_str().unwrap().to_owned()
    }

    async fn fills(&self, css: &str, text: impl AsRef<str>) {
        self.browser.fills(css, text.as_ref()).await;
    }

    /// Starts the run, and answers what it is, once it executes.
    async fn starts(&self) -> Run {
        self.browser.clicks("button.primary").await;
        self.browser.sees("h1", "Running").await;
        let runs = self.world.api.call("{ flow_run { id launches { id } } }", json!({})).await;
        let [run] = runs["flow_run"].as_array().unwrap().as_slice() else { panic!("one run: {runs}") };
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        Run { id: text(&run["id"]), launch: text(&run["launches"][0]["id"]) }
    }

    /// Lets the run go, which then ends well: it was given its variable.
    async fn ends(&self, run: &Run) {
        fs::write(self.gate(), "").unwrap();
        self.browser.sees("h1", "Success").await;
        let testimonies = self.witness.testimonies();
        assert_eq!(testimonies.iter().map(|line| &line.run).collect::<Vec<_>>(), [&run.id]);
    }
}

/// A run that was started, and its launch.
struct Run {
    id: String,
    launch: String,
}

/// The folders that a container has to see where they are on this machine.
fn folders(world: &World) -> [String; 2] {
    [&world.path(""), witness_program().parent().unwrap()]
        .map(|folder: &Path| folder.to_str().unwrap().trim_end_matches('/').to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_local_run_is_overridden_and_launched() {
    let world = World::new().await;
    let Some(browser) = Browser::on(world.server.url()).await else { return };
    let _agent = world.agent("here", &[]);
    let dialog = Dialog::with(&world, &browser, "LocalRun", "working_dir").await;
    fs::create_dir(world.path("elsewhere")).unwrap();
    dialog.fills("#field-working_dir", world.path("elsewhere").to_str().unwrap()).await;
    let run = dialog.starts().await;
    let directories =
        world.flow_run_processes().into_iter().map(|pid| fs::read_link(format!("/proc/{pid}/cwd")).unwrap());
    assert_eq!(directories.collect::<Vec<_>>(), [world.path("elsewhere")]);
    dialog.ends(&run).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_docker_run_is_overridden_and_launched() {
    if !engine::answers() {
        return;
    }
    let world = World::at(&engine::host_address(), castra).await;
    let Some(browser) = Browser::on(world.server.url()).await else { return };
    let _agent = world.agent_of("docker", "here", &["--no-pull"], &[]);
    let dialog = Dialog::with(&world, &browser, "DockerRun", "host_config").await;
    let binds = folders(&world).map(|folder| format!("{folder}:{folder}"));
    dialog.fills("#field-image", BASE).await;
    dialog.fills("#field-host_config", json!({"binds": binds, "mem_limit": "256m"}).to_string()).await;
    let run = dialog.starts().await;
    let filter = format!("label=castra.dev/launch-id={}", run.launch);
    let container = docker(&["ps", "--quiet", "--filter", &filter]).unwrap();
    let what = "{{.Config.Image}} {{.HostConfig.Memory}}";
    let launched = docker(&["inspect", "--format", what, &container]).unwrap();
    assert_eq!(launched, format!("{BASE} {}", 256 << 20));
    dialog.ends(&run).await;
    // The agent must not be ended before: it would leave the container to whoever comes after it.
    eventually("the container is removed", async || {
        match docker(&["ps", "--all", "--quiet", "--filter", &filter]).unwrap() {
            left if left.is_empty() => Ok(()),
            left => Err(left.into()),
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kubernetes_run_is_overridden_and_launched() {
    if !engine::answers() {
        return;
    }
    let Some(namespace) = Namespace::create().await else { return };
    let world = World::at(&engine::host_address(), castra).await;
    let Some(browser) = Browser::on(world.server.url()).await else { return };
    let _agent = world.agent_of("kubernetes", "here", &["--namespace", &namespace.0], &[]);
    let dialog = Dialog::with(&world, &browser, "KubernetesRun", "cpu_limit").await;
    dialog.fills("#field-image", BASE).await;
    dialog.fills("#field-cpu_limit", "250m").await;
    dialog.fills("#field-memory_limit", "256Mi").await;
    let policy = browser.finds("#field-image_pull_policy").await;
    policy.select_by_label("IfNotPresent").await.unwrap();
    let alternatives = browser.finds("#field-job_template_from").await;
    alternatives.select_by_label("Inline").await.unwrap();
    dialog.fills("#field-job_template", job_template(&folders(&world)).to_string()).await;
    let run = dialog.starts().await;
    let pods = namespace.list("pods", &format!("castra.dev/launch-id={}", run.launch));
    let container = &pods[0]["spec"]["containers"][0];
    assert_eq!(container["image"], BASE);
    assert_eq!(container["resources"]["limits"], json!({"cpu": "250m", "memory": "256Mi"}));
    dialog.ends(&run).await;
}

/// A job whose pod sees these folders.
fn job_template(folders: &[String]) -> Value {
    let numbered = || folders.iter().enumerate();
    let volumes: Vec<_> =
        numbered().map(|(n, path)| json!({"name": format!("v{n}"), "hostPath": {"path": path}})).collect();
    let mounts: Vec<_> =
        numbered().map(|(n, path)| json!({"name": format!("v{n}"), "mountPath": path})).collect();
    json!({"apiVersion": "batch/v1", "kind": "Job", "spec": {"template": {"spec": {
        "volumes": volumes, "containers": [{"name": "flow", "volumeMounts": mounts}],
    }}}})
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ecs_run_is_overridden_and_launched() {
    let Some(aws) = Cloud::aws() else { return };
    let world = World::new().await;
    let Some(browser) = Browser::on(world.server.url()).await else { return };
    let options = ["--execution-role-arn", "arn:aws:iam::123456789012:role/execution"];
    let _agent = world.agent_of("ecs", "here", &options, &aws.aws_variables());
    let dialog = Dialog::with(&world, &browser, "ECSRun", "cpu").await;
    dialog.fills("#field-image", "registry.example/flows:7").await;
    dialog.fills("#field-cpu", "512").await;
    dialog.fills("#field-memory", "1024").await;
    let run = dialog.starts().await;
    let tasks = aws.tasks();
    let task = &tasks[0];
    assert!(task.to_string().contains(&run.launch), "{task}");
    assert_eq!(task["containers"][0]["image"], "registry.example/flows:7");
    assert_eq!([&task["overrides"]["cpu"], &task["overrides"]["memory"]], ["512", "1024"]);
    dialog.ends(&run).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vertex_run_is_overridden_and_launched() {
    let Some(google) = Cloud::google() else { return };
    let world = World::new().await;
    let Some(browser) = Browser::on(world.server.url()).await else { return };
    let key = world.path("google-key.json");
    let _agent =
        world.agent_of("vertex", "here", &["--project", "my-project"], &google.google_variables(&key));
    let dialog = Dialog::with(&world, &browser, "VertexRun", "machine_type").await;
    dialog.fills("#field-image", "registry.example/flows:7").await;
    dialog.fills("#field-machine_type", "n1-highmem-8").await;
    dialog.fills("#field-scheduling", "timeout: 3600s").await;
    let run = dialog.starts().await;
    let jobs = google.jobs();
    let job = &jobs[0];
    assert!(job.to_string().contains(&run.launch), "{job}");
    let pool = &job["jobSpec"]["workerPoolSpecs"][0];
    assert_eq!(pool["containerSpec"]["imageUri"], "registry.example/flows:7");
    assert_eq!(pool["machineSpec"]["machineType"], "n1-highmem-8");
    assert_eq!(job["jobSpec"]["scheduling"]["timeout"], "3600s");
    dialog.ends(&run).await;
}
