//! The Docker launcher on a real engine: what is its own beyond the conformance suite, and what can go wrong there.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail like tests")]

mod support;

use std::time::Duration;

use castra_agent::launchers::docker::DockerLauncher;
use castra_agent::launchers::{KnownLaunch, LaunchError, Launcher, News, Observation};
use castra_agent::{Agent, launchers::Launched};
use castra_client::Client;
use castra_core::cause::{Cause, LaunchEnd, PullFailure};
use castra_core::claim::Claim;
use castra_render::Order;
use castra_render::docker::DockerConfig;
use nix::sys::signal::Signal;
use serde_json::{Value, json};
use support::docker::{Docker, IMAGE, config, docker};
use support::dockerd::Dockerd;
use support::registry::{AUTH, Registry};
use support::server::Server;
use support::{Starts as _, claim, order};
use uuid::Uuid;

type Running = <DockerLauncher as Launcher>::Running;

async fn end_of(launcher: &DockerLauncher, launched: &mut Launched<Running>) -> LaunchEnd {
    loop {
        if let Observation::Ended(end) = launcher.observe(&mut launched.running).await {
            return end;
        }
    }
}

/// Launches and watches to the end.
async fn run(launcher: &DockerLauncher, order: &Order) -> Result<LaunchEnd, LaunchError> {
    launcher.prepare(&launcher.render(order).await?, &News::channel().0).await?;
    let mut launched = launcher.start(order).await?;
    Ok(end_of(launcher, &mut launched).await)
}

async fn refusal(docker: &Docker, config: DockerConfig, claim: Claim) -> LaunchError {
    let order = order(docker.mine(claim));
    let error = run(&docker.launcher_with(config).await, &order).await.unwrap_err();
    assert!(docker.containers(order.launch_id).await.is_empty(), "{error} has left a container");
    error
}

fn known(launch_id: Uuid, handle: Option<Value>) -> [KnownLaunch; 1] {
    [KnownLaunch { launch_id, handle }]
}

/// What is thrown away when the test ends.
struct Thrown(Vec<[String; 3]>);

impl Drop for Thrown {
    fn drop(&mut self) {
        for command in &self.0 {
            docker(&command.each_ref().map(String::as_str));
        }
    }
}

#[tokio::test]
async fn an_abnormal_end_comes_with_the_last_lines_and_without_the_credential() {
    let Some(docker) = Docker::find().await else { return };
    let order = order(docker.script("echo starting; echo $CASTRA_API_KEY >&2; exit 3"));
    let mut end = run(&docker.launcher().await, &order).await.unwrap();
    // What is printed to stdout and to stderr reaches the engine by two ways.
    end.last_lines.sort();
    assert_eq!(end.cause, Cause::Exited { code: 3 });
    assert_eq!(end.last_lines, ["starting", "…"]);
}

#[tokio::test]
async fn memory_that_runs_out_is_told_with_the_limit() {
    let Some(docker) = Docker::find().await else { return };
    let claim =
        docker.script_with("tail -c 200m /dev/zero", json!({ "host_config": { "mem_limit": "16m" } }));
    let end = run(&docker.launcher().await, &order(claim)).await.unwrap();
    assert_eq!(end.cause, Cause::OutOfMemory { limit: Some("16 MiB".to_owned()) });
}

#[tokio::test]
async fn a_container_that_somebody_kills_or_removes_says_so() {
    let Some(docker) = Docker::find().await else { return };
    let launcher = docker.launcher().await;
    for (verb, words) in [
        ("kill", "The flow run's process was killed by SIGKILL, which Castra did not send"),
        (
            "rm",
            "The flow run was ended from outside: the container NAME was removed, which Castra did not do",
        ),
    ] {
        let order = order(docker.script(r#"echo up > "$PIPE"; sleep 600"#));
        let mut launched = launcher.start(&order).await.unwrap();
        docker.folder.told().await;
        let name = launched.handle["name"].as_str().unwrap().to_owned();
        let end = tokio::join!(end_of(&launcher, &mut launched), async {
            tokio::task::yield_now().await;
            match verb {
                "kill" => support::docker::docker(&["kill", &name]),
                _ => support::docker::docker(&["rm", "--force", &name]),
            }
        });
        assert_eq!(end.0.cause.to_string().replace(&name, "NAME"), words);
        launcher.remove(order.launch_id, Some(&launched.handle)).await;
    }
}

#[tokio::test]
async fn what_an_agent_launched_before_it_died_is_found_by_its_label_and_not_launched_twice() {
    let Some(docker) = Docker::find().await else { return };
    let order = order(docker.script("exit 7"));
    // It has died between starting the container and writing that down.
    drop(docker.launcher().await.start(&order).await.unwrap());

    let launcher = docker.launcher().await;
    let again = launcher.start(&order).await.map(|_| ()).unwrap_err();
    insta::assert_snapshot!(again, @"it is launched already");
    let mut adopted = launcher.adopt(&known(order.launch_id, None)).await.remove(&order.launch_id).unwrap();
    assert_eq!(end_of(&launcher, &mut adopted).await.cause, Cause::Exited { code: 7 });
    launcher.remove(order.launch_id, None).await;
    assert!(docker.containers(order.launch_id).await.is_empty());
}

#[tokio::test]
async fn what_was_created_and_never_started_counts_as_not_launched() {
    let Some(docker) = Docker::find().await else { return };
    let launch_id = docker.mine(claim(Value::Null, Value::Null)).launch_id;
    support::docker::docker(&[
        "create",
        "--label",
        &format!("castra.dev/launch-id={launch_id}"),
        IMAGE,
        "true",
    ]);
    assert_eq!(docker.containers(launch_id).await.len(), 1);
    assert!(docker.launcher().await.adopt(&known(launch_id, None)).await.is_empty());
    assert!(docker.containers(launch_id).await.is_empty());
}

/// An agent that was killed may have asked for the start of a container, which the engine is about to carry out.
#[tokio::test]
async fn what_is_started_while_it_is_looked_for_is_adopted_or_never_starts() {
    let Some(target) = Docker::find().await else { return };
    let launcher = target.launcher().await;
    let engine = bollard::Docker::connect_with_defaults().unwrap();
    for delay in 0..12 {
        let launch_id = target.mine(claim(Value::Null, Value::Null)).launch_id;
        let label = format!("castra.dev/launch-id={launch_id}");
        let labels = ["--label", &label, "--label", "castra.dev/auto-remove=true"];
        let id = docker(&[&["create"], &labels[..], &[IMAGE, "sleep", "600"]].concat());
        let known = known(launch_id, None);
        let (adopted, started) = tokio::join!(launcher.adopt(&known), async {
            tokio::time::sleep(Duration::from_millis(delay)).await;
            engine.start_container(&id, None).await
        });
        assert_eq!(adopted.contains_key(&launch_id), started.is_ok(), "after {delay} ms: {started:?}");
        launcher.remove(launch_id, None).await;
        assert!(target.containers(launch_id).await.is_empty());
    }
}

#[tokio::test]
async fn a_name_that_is_taken_gets_a_number() {
    let Some(docker) = Docker::find().await else { return };
    let launcher = docker.launcher().await;
    let name = format!("castra-{}", Uuid::new_v4());
    for suffix in ["", "-1", "-2"] {
        let mut claim = docker.script("exit 0");
        claim.flow_run.name = Some(name.clone());
        let launched = launcher.start(&order(claim)).await.unwrap();
        assert_eq!(launched.handle["name"], format!("{name}{suffix}"));
    }
}

#[tokio::test]
async fn a_container_that_is_to_be_kept_is_kept() {
    let Some(docker) = Docker::find().await else { return };
    let launcher = docker.launcher().await;
    let order = order(docker.script_with("exit 0", json!({ "host_config": { "auto_remove": false } })));
    run(&launcher, &order).await.unwrap();
    launcher.remove(order.launch_id, None).await;
    assert_eq!(docker.containers(order.launch_id).await.len(), 1);
}

#[tokio::test]
async fn networks_are_joined_the_first_at_creation_the_others_after() {
    let Some(docker) = Docker::find().await else { return };
    let names = [1, 2].map(|number| format!("castra-{number}-{}", Uuid::new_v4()));
    let _thrown = Thrown(names.iter().map(|name| ["network".into(), "rm".into(), name.clone()]).collect());
    for name in &names {
        support::docker::docker(&["network", "create", name]);
    }
    let launched = |networks: Vec<String>| async {
        let launcher = docker.launcher_with(DockerConfig { networks, ..config() }).await;
        let order = order(docker.script("exit 0"));
        let mut launched = launcher.start(&order).await.unwrap();
        end_of(&launcher, &mut launched).await;
        let found = docker.inspect(&launched.handle).await;
        launcher.remove(order.launch_id, None).await;
        let mut joined: Vec<_> = found.network_settings.unwrap().networks.unwrap().into_keys().collect();
        joined.sort();
        joined
    };
    assert_eq!(launched(names.to_vec()).await, names);
    assert_eq!(launched(vec!["host".to_owned()]).await, ["host"]);
    assert_eq!(launched(vec!["none".to_owned()]).await, ["none"]);

    let no_network =
        DockerConfig { networks: vec![names[0].clone(), "no-such-network".to_owned()], ..config() };
    let error = refusal(&docker, no_network, docker.script("exit 0")).await;
    insta::assert_snapshot!(error, @"The flow run could not be started: network no-such-network not found");
}

#[tokio::test]
async fn volumes_environment_and_ports_reach_the_container() {
    let Some(docker) = Docker::find().await else { return };
    let volume = format!("castra-{}", Uuid::new_v4());
    let _thrown = Thrown(vec![["volume".into(), "rm".into(), volume.clone()]]);
    let folder = docker.folder.path().to_str().unwrap();
    std::fs::create_dir(docker.folder.path().join("fixed")).unwrap();
    let fixed = format!("{folder}/fixed:/fixed:ro");
    let volumes = vec![format!("{volume}:/data"), fixed, format!("{folder}:{folder}")];
    let launcher = docker.launcher_with(DockerConfig { volumes, ..config() }).await;
    let script = r#"touch /fixed/x 2>/dev/null || echo "$GREETING, read-only" > "$PIPE"; touch /data/kept && sleep 600"#;
    let mut claim = docker.script_with(script, json!({ "env": { "GREETING": "hi" }, "ports": [8080] }));
    // The agent's volumes make way for a run config's binds.
    let run_config = claim.flow_run.run_config.as_mut().unwrap();
    run_config["host_config"] = json!({ "init": true, "port_bindings": { "8080": null } });
    let order = order(claim);
    let mut launched = launcher.start(&order).await.unwrap();
    assert_eq!(docker.folder.told().await, "hi, read-only");
    let found = docker.inspect(&launched.handle).await;
    let ports = found.network_settings.unwrap().ports.unwrap();
    assert!(ports["8080/tcp"].as_ref().is_some_and(|bindings| !bindings.is_empty()), "{ports:?}");
    launcher.stop(&mut launched.running).await;
    launcher.remove(order.launch_id, None).await;
    // A named volume stays, with the label that Prefect gives it.
    let label =
        support::docker::docker(&["volume", "inspect", "--format", "{{.Labels.prefect_created}}", &volume]);
    assert_eq!(label, "true");
}

#[tokio::test]
async fn what_cannot_be_started_says_why_in_the_engines_words_and_leaves_nothing() {
    let Some(docker) = Docker::find().await else { return };
    let said = |error: LaunchError| {
        let kind = match &error {
            LaunchError::Refused(_) => "refused",
            LaunchError::NotLaunched(_) => "not launched",
            LaunchError::Failed(_) => "failed",
        };
        format!("{kind}: {}", error.to_string().replace(docker.folder.path().to_str().unwrap(), "FOLDER"))
    };
    let with = |more: Value| docker.script_with("exit 0", more);
    let no_command = json!({ "type": "Executable", "path": "/no/such/flow", "flow": "f" });
    let no_command = claim(no_command, json!({ "type": "DockerRun", "labels": [], "image": IMAGE }));
    let bad_bind = json!({ "host_config": { "binds": ["relative/path:/data:bad"] } });
    let bad_mount = json!({ "host_config": { "binds": ["/etc/passwd:/tmp"] } });
    let no_image = json!({ "image": "castra-test/no-such-image:1" });
    let restart = json!({ "host_config": { "restart_policy": { "Name": "always" } } });
    let little = json!({ "host_config": { "mem_limit": "1k" } });

    insta::assert_snapshot!(said(refusal(&docker, config(), with(no_image)).await), @"failed: The image `castra-test/no-such-image:1` could not be pulled: No such image: castra-test/no-such-image:1 (build or load it there, or change the pull policy)");
    insta::assert_snapshot!(said(refusal(&docker, config(), no_command).await), @r#"failed: The flow run could not be started: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "/no/such/flow": stat /no/such/flow: no such file or directory: unknown"#);
    insta::assert_snapshot!(said(refusal(&docker, config(), with(bad_bind)).await), @"failed: The flow run could not be started: invalid mode: bad");
    insta::assert_snapshot!(said(refusal(&docker, config(), with(bad_mount)).await), @r#"failed: The flow run could not be started: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: error mounting "/etc/passwd" to rootfs at "/tmp": mount /etc/passwd:/tmp (via /proc/self/fd/6), flags: 0x5000: not a directory: unknown: Are you trying to mount a directory onto a file (or vice-versa)? Check if the specified host path exists and is the expected type"#);
    insta::assert_snapshot!(said(refusal(&docker, config(), with(restart)).await), @"refused: can't create 'AutoRemove' container with restart policy: set `auto_remove` to false in the host_config, or leave `restart_policy` out");
    insta::assert_snapshot!(said(refusal(&docker, config(), with(little)).await), @"refused: Minimum memory limit allowed is 6MB");
}

#[tokio::test]
async fn a_port_that_is_taken_is_told() {
    let Some(docker) = Docker::find().await else { return };
    let launcher = docker.launcher().await;
    let listener = std::net::TcpListener::bind("0.0.0.0:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let taken = json!({ "ports": [80], "host_config": { "port_bindings": { "80": port } } });
    let order = order(docker.script_with("exit 0", taken));
    let error = launcher.start(&order).await.map(|_| ()).unwrap_err();
    assert!(matches!(error, LaunchError::Failed(Cause::NotStarted { .. })), "{error:?}");
    assert!(error.to_string().contains("address already in use"), "{error}");
    assert!(docker.containers(order.launch_id).await.is_empty());
}

#[tokio::test]
async fn a_pull_that_fails_says_what_kind_of_failure_it_is() {
    let Some(docker) = Docker::find().await else { return };
    let (open, private) = (Registry::start(false).await, Registry::start(true).await);
    let pulls = DockerConfig { pull: true, config_directory: Some(docker.folder.path().into()), ..config() };
    let failure = |image: String| {
        let claim = docker.script_with("exit 0", json!({ "image": image }));
        let refused = refusal(&docker, pulls.clone(), claim);
        async {
            match refused.await {
                LaunchError::Failed(Cause::ImageNotPulled { failure, reason, .. }) => (failure, reason),
                error => panic!("{error:?}"),
            }
        }
    };
    assert_eq!(failure(open.image("missing")).await.0, PullFailure::NotFound);
    assert_eq!(failure(open.image("limited")).await.0, PullFailure::RateLimited);
    assert_eq!(failure(private.image("private")).await.0, PullFailure::Unauthorized);
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    assert_eq!(failure(format!("{nobody}/open:1")).await.0, PullFailure::Other);

    let only = DockerConfig { registry_allow_list: vec!["r.test".to_owned()], ..pulls.clone() };
    let elsewhere = docker.script_with("exit 0", json!({ "image": "s.test/flow:1" }));
    let error = refusal(&docker, only, elsewhere).await;
    insta::assert_snapshot!(error, @"The image `s.test/flow:1` could not be pulled: the agent pulls no images from `s.test` (add its registry to the agent's list of allowed registries)");
}

#[tokio::test]
async fn an_image_is_pulled_with_the_users_credentials() {
    let Some(docker) = Docker::find().await else { return };
    let registry = Registry::start(true).await;
    let image = registry.image("private");
    let _thrown = Thrown(vec![["image".into(), "rm".into(), image.clone()]]);
    let auths = json!({ "auths": { &registry.host: { "auth": AUTH } } });
    std::fs::write(docker.folder.path().join("config.json"), auths.to_string()).unwrap();
    let pulls = DockerConfig { pull: true, config_directory: Some(docker.folder.path().into()), ..config() };
    let launcher = docker.launcher_with(pulls).await;
    let order = order(docker.script_with("exit 0", json!({ "image": image })));
    let (news, mut heard) = News::channel();
    launcher.prepare(&launcher.render(&order).await.unwrap(), &news).await.unwrap();
    assert_eq!(heard.recv().await.unwrap(), format!("pulling {image}"));
    assert!(docker.engine.inspect_image(&image).await.is_ok());
}

#[tokio::test]
async fn a_run_that_is_stopped_while_its_image_is_pulled_was_not_launched() {
    let Some(docker) = Docker::find().await else { return };
    let (registry, server) = (Registry::start(false).await, Server::start().await);
    let pulls = DockerConfig { pull: true, ..config() };
    let agent = Agent::new(
        Client::new(&server.url, None).unwrap(),
        docker.launcher_with(pulls).await,
        docker.folder.agent(),
    );
    let agent = tokio::spawn(agent.run(std::future::pending()));
    let silent = docker.script_with("exit 0", json!({ "image": registry.image("silent") }));
    let launch_id = server.offer(silent);
    registry.asked.notified().await;
    server.stop(launch_id);
    let end = server.ended(launch_id).await;
    insta::assert_snapshot!(end.cause().unwrap(), @"The run was not launched: it was stopped before it was launched");
    assert!(docker.containers(launch_id).await.is_empty());
    agent.abort();
}

#[tokio::test]
async fn an_engine_that_is_not_there_is_told_with_where_it_was_looked_for() {
    let folder = support::Folder::new();
    let connect = |address: &str| {
        let config = DockerConfig { base_url: Some(address.to_owned()), ..config() };
        let agent = folder.agent();
        async move { DockerLauncher::connect(&agent, config).await.unwrap_err().to_string() }
    };
    insta::assert_snapshot!(connect("unix:///no/such.sock").await, @"no Docker engine answers at unix:///no/such.sock: Socket not found: /no/such.sock. Start one, or say with --base-url or DOCKER_HOST where it is");
    insta::assert_snapshot!(connect("tcp://127.0.0.1:1").await, @"no Docker engine answers at tcp://127.0.0.1:1: Connection refused (os error 111). Start one, or say with --base-url or DOCKER_HOST where it is");
    insta::assert_snapshot!(connect("docker").await, @"`docker` is no address of a Docker engine: use unix:///var/run/docker.sock or tcp://HOST:2375");
}

/// Without the engine nobody can tell a container's end, so that is no end; and once it is back, what it says counts.
#[tokio::test]
async fn an_engine_that_goes_away_is_waited_for() {
    let Some(docker) = Docker::find().await else { return };
    let Some(mut dockerd) = Dockerd::start().await else { return };
    let here =
        DockerConfig { base_url: Some(dockerd.address()), networks: vec!["none".to_owned()], ..config() };
    let launcher = docker.launcher_with(here).await;
    for (signal, script, words) in [
        // Asked to end, the engine ends its containers as `docker stop` does.
        (Signal::SIGTERM, "trap 'exit 4' TERM; ", "The flow run's process failed with exit code 4"),
        // Killed, it finds them running when it is back, and kills them.
        (
            Signal::SIGKILL,
            "trap '' TERM; ",
            "The flow run's process was killed by SIGKILL, which Castra did not send",
        ),
    ] {
        let order =
            order(docker.script(&format!(r#"{script} echo up > "$PIPE"; while true; do sleep 0.1; done"#)));
        let mut launched = launcher.start(&order).await.unwrap();
        docker.folder.told().await;
        dockerd.end(signal);
        let Observation::Waits(away) = launcher.observe(&mut launched.running).await else {
            panic!("no news")
        };
        assert!(away.starts_with("the Docker engine does not answer: "), "{away}");
        dockerd.start_again().await;
        let mut observed = launcher.observe(&mut launched.running).await;
        if observed == Observation::Waits(String::new()) {
            observed = launcher.observe(&mut launched.running).await;
        }
        let Observation::Ended(end) = observed else { panic!("{observed:?}") };
        assert_eq!(end.cause.to_string(), words);
        launcher.remove(order.launch_id, Some(&launched.handle)).await;
        assert!(launcher.adopt(&known(order.launch_id, None)).await.is_empty());
    }
}

/// An agent that is about to launch when the engine goes away launches nothing, and says why.
#[tokio::test]
async fn a_launch_that_meets_no_engine_is_not_launched() {
    let Some(docker) = Docker::find().await else { return };
    let Some(mut dockerd) = Dockerd::start().await else { return };
    let here =
        DockerConfig { base_url: Some(dockerd.address()), networks: vec!["none".to_owned()], ..config() };
    let launcher = docker.launcher_with(here).await;
    dockerd.end(Signal::SIGTERM);
    let order = order(docker.script("exit 0"));
    let back = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        dockerd.start_again().await;
    };
    let (launched, ()) = tokio::join!(launcher.start(&order), back);
    let error = launched.map(|_| ()).unwrap_err();
    assert!(matches!(error, LaunchError::NotLaunched(_)), "{error:?}");
}
