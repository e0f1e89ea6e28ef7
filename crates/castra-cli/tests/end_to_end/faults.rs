//! What goes wrong on the way into a container or a pod: the run ends in the right state with its cause in words, and
//! nothing is left behind.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use serde_json::{Value, json};

use crate::support::cluster::Namespace;
use crate::support::engine::{self, BASE, docker};
use crate::support::{World, eventually, flow};

const LAUNCH: &str = "castra.dev/launch-id";

/// A `KubernetesRun` of the base image with these fields.
fn kubernetes_run(fields: Value) -> Value {
    let mut run = json!({
        "type": "KubernetesRun", "labels": [], "env": {}, "image": BASE, "image_pull_policy": "IfNotPresent",
    });
    run.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    json!({ "run_config": run })
}

/// Waits until nothing of any flow run is in the namespace.
async fn is_empty(namespace: &Namespace) {
    eventually("nothing is left", async || match namespace.list("jobs,pods,secrets", LAUNCH) {
        left if left.is_empty() => Ok(()),
        left => Err(json!(left)),
    })
    .await;
}

/// A store that lets nobody read; its address.
fn forbidding_store() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.unwrap();
            // All of a request for an object comes at once.
            assert!(connection.read(&mut [0; 8192]).unwrap() > 0);
            let body = "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>";
            let length = body.len();
            write!(
                connection,
                "HTTP/1.1 403 Forbidden\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
            )
            .unwrap();
        }
    });
    address
}

/// A message without the end of the job's name, which comes from the launch.
fn without_job_name(message: &str) -> String {
    const NAME: &str = "prefect-job-";
    let Some((before, after)) = message.split_once(NAME) else { return message.to_owned() };
    let rest = after.trim_start_matches(|char: char| char.is_ascii_hexdigit());
    format!("{before}{NAME}…{rest}")
}

#[tokio::test]
async fn a_template_that_is_no_good_fails_the_run_in_words() {
    let Some(namespace) = Namespace::create().await else { return };
    let world = World::new().await;
    let store = forbidding_store();
    let keys = [
        ("AWS_ENDPOINT_URL", store.as_str()),
        ("AWS_ACCESS_KEY_ID", "key"),
        ("AWS_SECRET_ACCESS_KEY", "s3cr3t"),
    ];
    let _agent = world.agent_of("kubernetes", "agent", &["--namespace", &namespace.0], &keys);
    let flow = world.api.register(flow::script("flow", "exit 0")).await;
    let file = |name: &str, text: &str| {
        fs::write(world.path(name), text).unwrap();
        json!({ "job_template_path": format!("agent://{}", world.path(name).display()) })
    };
    let job = |pod: Value| json!({ "job_template": { "apiVersion": "batch/v1", "kind": "Job", "spec": { "template": { "spec": pod } } } });
    let faults = [
        json!({ "job_template_path": "agent:///no/such/spec.yaml" }),
        json!({ "job_template_path": "s3://bucket/spec.yaml" }),
        file("no-yaml", "kind: [Job"),
        file("text", "kind"),
        file("nothing", ""),
        file("pod", "{apiVersion: v1, kind: Pod, spec: {containers: [{name: flow}]}}"),
        file(
            "deployment",
            "{apiVersion: apps/v1, kind: Deployment, spec: {template: {spec: {containers: [{name: flow}]}}}}",
        ),
        job(json!({})),
        job(json!({ "containers": [] })),
        job(json!({ "containers": [{ "name": "flow", "image": BASE }], "restartPolicy": "Always" })),
    ];
    let mut told = Vec::new();
    for fault in faults {
        let run = world.api.create_run(&flow, kubernetes_run(fault)).await;
        let run = world.api.ends(&run).await;
        assert_eq!(
            (&run["state"], run["launches"].as_array().unwrap().len()),
            (&json!("Failed"), 1),
            "{run:#}"
        );
        let message = run["state_message"].as_str().unwrap();
        told.push(without_job_name(&message.replace(world.path("").to_str().unwrap(), "/FOLDER/")));
    }
    insta::assert_snapshot!(told.join("\n"), @r#"
    The run cannot be launched: there is no file at agent:///no/such/spec.yaml.
    The run cannot be launched: the agent may not read s3://bucket/spec.yaml: Server returned non-2xx status code: 403 Forbidden: <Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>. Grant it the permission to read it.
    The run cannot be launched: the file at agent:///FOLDER/no-yaml is not YAML: the YAML text is wrong at line 2, column 1: while parsing a flow sequence, expected ',' or ']'.
    The run cannot be launched: nothing can be made of its template: the template itself is text, and it has to be an object.
    The run cannot be launched: nothing can be made of its template: the template itself is null, and it has to be an object.
    The run cannot be launched: nothing can be made of its template: `spec.template.spec` is missing.
    The run cannot be launched: Deployment in version "v1" cannot be handled as a Job: converting (v1.Deployment) to (batch.Job): unknown conversion.
    The run cannot be launched: Job.batch "prefect-job-…" is invalid: spec.template.spec.containers[0].name: Required value.
    The run cannot be launched: Job.batch "prefect-job-…" is invalid: spec.template.spec.containers[0].name: Required value.
    The run cannot be launched: Job.batch "prefect-job-…" is invalid: spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never".
    "#);
    is_empty(&namespace).await;
}

#[tokio::test]
async fn a_memory_limit_that_is_too_small_fails_the_run_in_words() {
    let Some(namespace) = Namespace::create().await else { return };
    let world = World::new().await;
    let _agent = world.agent_of("kubernetes", "agent", &["--namespace", &namespace.0], &[]);
    let flow = world.api.register(flow::script("flow", "x=aaaaaaaa; while true; do x=$x$x; done")).await;
    let template = json!({ "apiVersion": "batch/v1", "kind": "Job", "spec": { "template": { "spec": { "containers": [{ "name": "flow" }] } } } });
    let mut told = Vec::new();
    // The first is too little for any container, the second for what the flow does.
    for limit in ["1Mi", "16Mi"] {
        let run = kubernetes_run(json!({ "memory_limit": limit, "job_template": template }));
        let run = world.api.create_run(&flow, run).await;
        let run = world.api.ends(&run).await;
        told.push(format!("{}: {}", run["state"].as_str().unwrap(), run["state_message"].as_str().unwrap()));
    }
    insta::assert_snapshot!(told.join("\n"), @"
    Failed: The flow run used more memory than its limit of 1Mi: raise the limit. The flow had not started.
    Failed: The flow run used more memory than its limit of 16Mi: raise the limit. The flow had not started.
    ");
    is_empty(&namespace).await;
}

/// A script that says that it runs, waits for `gate` in the world's folder, and fails.
fn waiting(world: &World) -> Value {
    let (started, gate) = (world.path("started"), world.path("gate"));
    let script = format!(
        "echo started >> {}; until [ -e {} ]; do sleep 0.1; done; exit 3",
        started.display(),
        gate.display()
    );
    flow::script("flow", &script)
}

/// The launch of a run, once it has one.
async fn launch_of(world: &World, run: &str) -> String {
    eventually("it is claimed", async || {
        let run = world.api.run(run).await;
        run["launches"][0]["id"].as_str().map(str::to_owned).ok_or(run)
    })
    .await
}

/// Lets the run go on, and sees that it was executed once and ends with its own exit code.
async fn goes_on_and_ends(world: &World, run: &str) {
    fs::write(world.path("gate"), "").unwrap();
    let run = world.api.ends(run).await;
    let message = run["state_message"].as_str().unwrap();
    assert!(message.contains("exit code 3"), "{run:#}");
    assert_eq!(fs::read_to_string(world.path("started")).unwrap(), "started\n");
}

#[tokio::test]
async fn an_agent_killed_as_soon_as_the_job_is_there_leaves_no_orphan() {
    let Some(namespace) = Namespace::create().await else { return };
    let world = World::new().await;
    let mut agent = world.agent_of("kubernetes", "agent", &["--namespace", &namespace.0], &[]);
    let flow = world.api.register(waiting(&world)).await;
    let folder = world.path("");
    let template = json!({ "apiVersion": "batch/v1", "kind": "Job", "spec": { "template": { "spec": {
        "volumes": [{ "name": "folder", "hostPath": { "path": folder } }],
        "containers": [{ "name": "flow", "volumeMounts": [{ "name": "folder", "mountPath": folder }] }],
    } } } });
    let run = world.api.create_run(&flow, kubernetes_run(json!({ "job_template": template }))).await;
    let launch = launch_of(&world, &run).await;
    eventually("its job is there", async || {
        match namespace.list("jobs", &format!("{LAUNCH}={launch}")).len() {
            0 => Err(json!(launch)),
            _ => Ok(()),
        }
    })
    .await;
    agent.kill();
    agent.start_again();
    goes_on_and_ends(&world, &run).await;
    is_empty(&namespace).await;
}

#[tokio::test]
async fn an_agent_killed_as_soon_as_the_container_is_there_leaves_no_orphan() {
    if !engine::answers() {
        return;
    }
    let world = World::new().await;
    let folder = world.path("");
    let volume = format!("{}:{}", folder.display(), folder.display());
    let mut agent = world.agent_of("docker", "agent", &["--no-pull", "--volume", &volume], &[]);
    let flow = world.api.register(waiting(&world)).await;
    let run_config = json!({ "type": "DockerRun", "labels": [], "env": {}, "image": BASE });
    let run = world.api.create_run(&flow, json!({ "run_config": run_config })).await;
    let filter = format!("label={LAUNCH}={}", launch_of(&world, &run).await);
    let containers = || docker(&["ps", "--all", "--quiet", "--filter", &filter]).unwrap();
    eventually("its container is there", async || match containers().is_empty() {
        true => Err(json!(filter)),
        false => Ok(()),
    })
    .await;
    agent.kill();
    agent.start_again();
    goes_on_and_ends(&world, &run).await;
    eventually("nothing is left", async || match containers() {
        left if left.is_empty() => Ok(()),
        left => Err(json!(left)),
    })
    .await;
}
