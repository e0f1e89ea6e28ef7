//! What an agent makes of its flow runs: how their ends are told, where they are routed, and that neither its own restart
//! nor the server's absence loses one.

use std::fs;
use std::path::Path;

use castra_core::state::StateKind;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};

use crate::support::{Witness, World, eventually, flow, is_alive};

/// The state of a run, its message, and what its last launch has kept of its output.
fn end(run: &Value) -> String {
    let launch = run["launches"].as_array().unwrap().last().unwrap();
    let lines = launch["last_lines"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let lines: String = lines.map(|line| format!("\n| {line}")).collect();
    format!("{}: {}{lines}", run["state"].as_str().unwrap(), run["state_message"].as_str().unwrap())
}

fn launches(run: &Value) -> usize {
    run["launches"].as_array().unwrap().len()
}

#[tokio::test]
async fn every_end_of_a_process_is_told_in_words() {
    let world = World::new().await;
    let _agent = world.agent("agent", &[]);
    let ends = async |flow: Value, options: Value| {
        let flow = world.api.register(flow).await;
        let run = world.api.create_run(&flow, options).await;
        end(&world.api.ends(&run).await).replace(world.path("").to_str().unwrap(), "<folder>/")
    };
    let script = async |text: &str| ends(flow::script("flow", text), json!({})).await;

    insta::assert_snapshot!(script("echo one; echo two >&2; exit 3").await, @"
    Failed: The flow run's process failed with exit code 3. The flow had not started.
    | one
    | two
    ");
    insta::assert_snapshot!(script("echo nothing more; exit 0").await, @"Failed: The flow run's process exited with code 0. The flow had not started.");
    insta::assert_snapshot!(script("echo last words; kill -KILL $$").await, @"
    Failed: The flow run's process was killed by SIGKILL, which Castra did not send. The flow had not started.
    | last words
    ");

    let elsewhere =
        json!({"run_config": {"type": "LocalRun", "labels": [], "working_dir": world.path("gone")}});
    insta::assert_snapshot!(ends(flow::script("flow", "pwd"), elsewhere).await, @"Failed: The run cannot be launched: its working_dir `<folder>/gone` does not exist; create it on the agent's machine or change the run config.");
    let bad_name = json!({"run_config": flow::local_run(json!({"A=B": "c"}))});
    insta::assert_snapshot!(ends(flow::script("flow", "env"), bad_name).await, @r#"Failed: The run cannot be launched: the env of its run config: "A=B" cannot name an environment variable: a name is not empty and holds neither `=` nor NUL."#);

    let data = world.path("data");
    fs::write(&data, "no program").unwrap();
    insta::assert_snapshot!(ends(flow::executable("flow", &data, &[]), json!({})).await, @"Failed: The run cannot be launched: `<folder>/data` is not executable; `chmod +x` makes it so.");
    insta::assert_snapshot!(ends(flow::executable("flow", Path::new("/no/program"), &[]), json!({})).await, @"Failed: The run cannot be launched: `/no/program` does not exist on the agent's machine; put it there or register the flow again.");
}

#[tokio::test]
async fn the_env_of_a_runs_own_run_config_is_seen_inside() {
    let world = World::new().await;
    let _agent = world.agent("agent", &[]);
    let mut flow = flow::script("flow", "echo ${GREETING-nothing} ${NAME-nobody}; exit 1");
    flow["run_config"] = flow::local_run(json!({"GREETING": "hello"}));
    let flow = world.api.register(flow).await;
    let said = async |options: Value| {
        let run = world.api.create_run(&flow, options).await;
        world.api.ends(&run).await["launches"][0]["last_lines"].take()
    };
    assert_eq!(said(json!({})).await, json!(["hello nobody"]));
    let own = json!({"run_config": flow::local_run(json!({"NAME": "moon"}))});
    assert_eq!(said(own).await, json!(["nothing moon"]), "a run's run config replaces its flow's");
}

#[tokio::test]
async fn a_run_goes_where_its_labels_are_covered_and_why_tells_where_not() {
    let world = World::new().await;
    let _dev = world.agent("dev", &["dev"]);
    let _bare = world.agent("bare", &[]);
    let flow = world.api.register(flow::script("flow", "exit 0")).await;
    let by = async |labels: Value| {
        let run = world.api.create_run(&flow, json!({"labels": labels})).await;
        world.api.ends(&run).await;
        let document = "query($id: uuid!) { flow_run_by_pk(id: $id) { launches { agent { name } } } }";
        world.api.call(document, json!({"id": run})).await["flow_run_by_pk"]["launches"][0]["agent"]["name"]
            .take()
    };
    assert_eq!(by(json!(["dev"])).await, "dev");
    assert_eq!(by(json!([])).await, "bare");

    let run = world.api.create_run(&flow, json!({"labels": ["dev", "gpu"]})).await;
    let document = "query($id: uuid!) { why(flow_run_id: $id) { waiting_for agents { name takes reason } } }";
    let why = world.api.call(document, json!({"id": run})).await["why"].take();
    let mut reasons: Vec<String> = vec![why["waiting_for"].as_str().unwrap().to_owned()];
    for name in ["bare", "dev"] {
        let agents = why["agents"].as_array().unwrap();
        let agent = agents.iter().find(|agent| agent["name"] == name).unwrap();
        assert_eq!(agent["takes"], false);
        reasons.push(format!("{name}: {}", agent["reason"].as_str().unwrap()));
    }
    insta::assert_snapshot!(reasons.join("\n"), @"
    an agent with `dev`, `gpu` that launches a LocalRun: none of the 2 registered takes it
    bare: the agent lacks `dev`, `gpu`
    dev: the agent lacks `gpu`
    ");

    let _staging = world.agent("staging", &["gpu", "dev", "staging"]);
    world.api.ends(&run).await;
}

#[tokio::test]
async fn a_killed_agent_takes_up_the_run_it_had_launched() {
    let world = World::new().await;
    let witness = Witness::register(&world).await;
    let mut agent = world.agent("agent", &[]);
    let gate = world.path("gate");
    let run = world.api.create_run(&witness.flow, witness.options(json!({"gate": gate}))).await;
    world.api.reaches(&run, StateKind::Running).await;
    agent.kill();
    agent.start_again();
    fs::write(gate, "").unwrap();
    let run = world.api.ends(&run).await;
    assert_eq!((&run["state"], launches(&run)), (&json!("Success"), 1), "{run:#}");
    assert_eq!(witness.testimonies().len(), 1);
}

#[tokio::test]
async fn an_agent_that_is_told_to_end_leaves_its_runs_running() {
    let world = World::new().await;
    let witness = Witness::register(&world).await;
    let mut agent = world.agent("agent", &[]);
    let gate = world.path("gate");
    let run = world.api.create_run(&witness.flow, witness.options(json!({"gate": gate}))).await;
    world.api.reaches(&run, StateKind::Running).await;
    assert!(agent.terminate().success());
    assert!(
        agent.log().contains("1 flow runs go on; start the agent again to take them up"),
        "{}",
        agent.log()
    );

    // It ends while no agent looks.
    fs::write(gate, "").unwrap();
    world.api.reaches(&run, StateKind::Success).await;
    let pid = witness.testimonies()[0].pid;
    eventually("its process ends", async || if is_alive(pid) { Err(json!(pid)) } else { Ok(()) }).await;
    agent.start_again();
    let run = world.api.ends(&run).await;
    insta::assert_snapshot!(run["launches"][0]["cause"]["reason"].as_str().unwrap(), @"it ended while its agent was not running");
    assert_eq!((&run["state"], launches(&run)), (&json!("Success"), 1), "{run:#}");
}

#[tokio::test]
async fn an_adopted_run_is_cancelled_with_all_it_has_started() {
    let world = World::new().await;
    let mut agent = world.agent("agent", &[]);
    let flow = world.api.register(flow::script("flow", "trap '' TERM; echo deaf; sleep 600 & wait")).await;
    let run = world.api.create_run(&flow, json!({})).await;
    world.has_flow_run_processes(2).await;
    agent.kill();
    agent.start_again();
    world.api.cancel(&run).await;
    let run = world.api.ends(&run).await;
    insta::assert_snapshot!(end(&run), @"
    Cancelled: Flow run was cancelled.
    | deaf
    ");
    assert_eq!(run["launches"][0]["cause"], json!({"kind": "stopped", "signal": "SIGKILL"}));
    world.has_flow_run_processes(0).await;
}

#[tokio::test]
async fn what_a_run_has_left_behind_while_no_agent_looked_is_ended() {
    let world = World::new().await;
    let witness = Witness::register(&world).await;
    let mut agent = world.agent("agent", &[]);
    let gate = world.path("gate");
    let parameters = json!({"gate": gate, "stubborn_child": true});
    let run = world.api.create_run(&witness.flow, witness.options(parameters)).await;
    world.has_flow_run_processes(3).await;
    agent.kill();
    fs::write(gate, "").unwrap();
    world.api.reaches(&run, StateKind::Success).await;
    world.has_flow_run_processes(2).await;
    agent.start_again();
    world.api.ends(&run).await;
    assert_eq!(world.flow_run_processes(), Vec::<i32>::new());
}

#[tokio::test]
async fn the_end_of_a_run_outlives_a_server_that_hangs() {
    let world = World::new().await;
    let witness = Witness::register(&world).await;
    let _agent = world.agent("agent", &[]);
    let gate = world.path("gate");
    let run = world.api.create_run(&witness.flow, witness.options(json!({"gate": gate}))).await;
    world.api.reaches(&run, StateKind::Running).await;
    world.server.signal(Signal::SIGSTOP);
    fs::write(gate, "").unwrap();
    // Longer than a report waits for company, so that it meets the server as it is.
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    world.server.signal(Signal::SIGCONT);
    let run = world.api.ends(&run).await;
    assert_eq!((&run["state"], launches(&run)), (&json!("Success"), 1), "{run:#}");
}

#[tokio::test]
async fn ends_that_meet_no_server_are_told_when_it_is_back() {
    let mut world = World::new().await;
    let witness = Witness::register(&world).await;
    let _agent = world.agent("agent", &[]);
    let gate = world.path("gate");
    let running = world.api.create_run(&witness.flow, witness.options(json!({"gate": gate}))).await;
    world.api.reaches(&running, StateKind::Running).await;
    let script = format!("while [ ! -e {} ]; do sleep 0.05; done; echo gone; exit 3", gate.display());
    let flow = world.api.register(flow::script("flow", &script)).await;
    let submitted = world.api.create_run(&flow, json!({})).await;
    world.has_flow_run_processes(2).await;

    world.server.kill();
    fs::write(gate, "").unwrap();
    world.has_flow_run_processes(1).await;
    world.server.start_again();
    let running = world.api.ends(&running).await;
    assert_eq!((&running["state"], launches(&running)), (&json!("Success"), 1), "{running:#}");
    insta::assert_snapshot!(end(&world.api.ends(&submitted).await), @"
    Failed: The flow run's process failed with exit code 3. The flow had not started.
    | gone
    ");
}

#[tokio::test]
async fn a_run_whose_process_vanishes_while_no_agent_looks_is_launched_again() {
    let world = World::new().await;
    let witness = Witness::register(&world).await;
    let mut agent = world.agent("agent", &[]);
    let gate = world.path("gate");
    let run = world.api.create_run(&witness.flow, witness.options(json!({"gate": gate}))).await;
    world.api.reaches(&run, StateKind::Running).await;
    eventually("its task runs", async || match witness.testimonies().len() {
        0 => Err(json!(null)),
        _ => Ok(()),
    })
    .await;
    agent.kill();
    kill(Pid::from_raw(witness.testimonies()[0].pid), Signal::SIGKILL).unwrap();
    fs::write(gate, "").unwrap();
    agent.start_again();
    let run = world.api.ends(&run).await;
    assert_eq!((&run["state"], launches(&run)), (&json!("Success"), 2), "{run:#}");
    let seen: Vec<_> = witness.testimonies().into_iter().map(|testimony| testimony.launch).collect();
    assert_eq!(json!(seen), json!([run["launches"][0]["id"], run["launches"][1]["id"]]));
    insta::assert_snapshot!(run["states"][3]["message"].as_str().unwrap(), @"Rescheduled by Castra. The flow run's process is gone: it ended while its agent was not running.");
}
