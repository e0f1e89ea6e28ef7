//! The commands as people and scripts meet them: what they print, and with which exit code.

use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::support::{Witness, World, flow};

/// Snapshots without what differs from run to run.
fn redacted() -> insta::internals::SettingsBindDropGuard {
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "<id>");
    settings.add_filter(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "<time>");
    settings.add_filter(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.0-9]*(Z|\+00:00)", "<instant>");
    settings.add_filter(r#""(pid|start_time)":\d+"#, "\"$1\":<number>");
    settings.add_filter(r"127\.0\.0\.1:\d+", "<address>");
    settings.add_filter(r" +\n", "\n");
    settings.bind_to_scope()
}

/// What a command says to this stdout, which nobody can print to.
fn said_to(stdout: impl Into<Stdio>) -> String {
    let output =
        Command::new(env!("CARGO_BIN_EXE_castra")).args(["completions", "bash"]).stdout(stdout).output();
    let output = output.unwrap();
    assert!(!output.status.success());
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn a_reader_that_goes_away_ends_a_command_without_a_word() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    assert_eq!(said_to(writer), "");
}

#[test]
fn what_cannot_be_printed_for_another_reason_is_told() {
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    insta::assert_snapshot!(said_to(full), @"error: not all of the answer could be printed to stdout: No space left on device (os error 28)");
}

#[tokio::test]
async fn projects_and_flows_are_listed_and_described() {
    let _redacted = redacted();
    let world = World::new().await;
    let castra = |arguments: &str| world.castra(&arguments.split(' ').collect::<Vec<_>>());
    insta::assert_snapshot!(castra("create project nightly -d by-night"), @"
    exit code 0
    Project `nightly` created. Next: castra register --project nightly --path FLOW_FILE
    ");
    insta::assert_snapshot!(castra("create project nightly"), @"
    exit code 5
    error: there is a project `nightly` already; `--skip-if-exists` accepts that: Uniqueness violation.
    ");
    insta::assert_snapshot!(castra("create project nightly --skip-if-exists"), @"
    exit code 0
    Project `nightly` is there already. Next: castra register --project nightly --path FLOW_FILE
    ");
    insta::assert_snapshot!(castra("get projects"), @"
    exit code 0
     NAME     FLOWS  DESCRIPTION  ID
     nightly  0      by-night     <id>
     tests    0      -            <id>
    ");
    insta::assert_snapshot!(castra("get flows"), @"
    exit code 0
    No flows. Register some: castra register --project PROJECT --path FLOW_FILE
    ");
    insta::assert_snapshot!(castra("get flow-runs"), @"
    exit code 0
    No flow runs. Create one: castra run --name FLOW --watch
    ");
    insta::assert_snapshot!(castra("get agents"), @"
    exit code 0
    No agents. Start one: castra agent local start
    ");
    insta::assert_snapshot!(castra("get agents --output json"), @"
    exit code 0
    []
    ");

    world.api.register(flow::script("etl", "exit 0")).await;
    insta::assert_snapshot!(castra("get flows --project tests"), @"
    exit code 0
     NAME  VERSION  PROJECT  RUN CONFIG  LABELS  CREATED              ID
     etl   1        tests    LocalRun    -       <time>  <id>
    ");
    insta::assert_snapshot!(castra("describe flow etl"), @r#"
    exit code 0
    etl version 1 in tests
      id            <id>
      registered    <time> with castra/0.1.0
      run config    {"type":"LocalRun","labels":[],"env":{},"working_dir":null}
      storage       {"type":"Executable","path":"/bin/sh","arguments":["-c","exit 0","etl"],"flow":"etl"}
      schedule      -
      flow group    {"labels":null,"run_config":null,"schedule":null,"default_parameters":{}}
      parameters    []
      tasks
    "#);
}

#[tokio::test]
async fn a_run_is_created_watched_and_described() {
    let _redacted = redacted();
    let world = World::new().await;
    let castra = |arguments: &str| world.castra(&arguments.split(' ').collect::<Vec<_>>());
    world.api.register(flow::script("failing", "echo no such table; exit 3")).await;
    insta::assert_snapshot!(castra("run --name failing --run-name first"), @"
    exit code 0
    Flow run `first` created: <id>
    Next: castra describe flow-run <id>
    ");
    insta::assert_snapshot!(castra("describe flow-run first"), @r#"
    exit code 0
    first of failing version 1
      id            <id>
      state         Scheduled: Flow run scheduled.
      labels        -
      run config    {"type":"LocalRun","labels":[],"env":{},"working_dir":null}
      parameters    {}
      scheduled     <time>
      started       -
      ended         -
      waits         an agent: none is registered; start one, e.g. with `castra agent local start`
      states
        <time>  Scheduled  Flow run scheduled.
      task runs     0
    "#);
    insta::assert_snapshot!(castra("cancel first"), @"
    exit code 0
    first: Cancelled
    ");

    let _agent = world.agent("agent", &[]);
    let answer =
        world.castra(&["run", "--name", "failing", "--run-name", "second", "--watch", "--output", "json"]);
    insta::assert_snapshot!(answer, @r#"
    exit code 1
    {
      "id": "<id>",
      "name": "second",
      "state": "Failed",
      "state_message": "The flow run's process failed with exit code 3. The flow had not started."
    }
    "#);
    insta::assert_snapshot!(castra("describe flow-run second"), @r#"
    exit code 0
    second of failing version 1
      id            <id>
      state         Failed: The flow run's process failed with exit code 3. The flow had not started.
      labels        -
      run config    {"type":"LocalRun","labels":[],"env":{},"working_dir":null}
      parameters    {}
      scheduled     <time>
      started       -
      ended         <time>
      states
        <time>  Scheduled  Flow run scheduled.
        <time>  Submitted  Claimed by an agent.
        <time>  Failed     The flow run's process failed with exit code 3. The flow had not started.
      launch        <id> by agent: ended
        handle      {"pid":<number>,"start_time":<number>}
        claimed     <time>
        submitted   -
        started     <time>
        ended       <time>
        cause       {"kind":"exited","code":3}
        | no such table
      task runs     0
    "#);
    insta::assert_snapshot!(castra("get flow-runs"), @"
    exit code 0
     NAME    FLOW     STATE      LABELS  SCHEDULED            STARTED  ENDED                ID
     second  failing  Failed     -       <time>  -        <time>  <id>
     first   failing  Cancelled  -       <time>  -        <time>  <id>
    ");
    insta::assert_snapshot!(castra("get flow-runs --state Cancelled"), @"
    exit code 0
     NAME   FLOW     STATE      LABELS  SCHEDULED            STARTED  ENDED                ID
     first  failing  Cancelled  -       <time>  -        <time>  <id>
    ");
    insta::assert_snapshot!(castra("get agents"), @"
    exit code 0
     NAME   TYPE        LABELS  LAST QUERIED         ID
     agent  LocalAgent  -       <time>  <id>
    ");
}

#[tokio::test]
async fn what_holds_a_launch_up_is_shown() {
    let world = World::new().await;
    let flow = world.api.register(flow::script("etl", "exit 0")).await;
    let run = world.api.create_run(&flow, json!({})).await;
    let mutate = async |document: &str, input: Value| world.api.call(document, json!({"input": input})).await;
    let agent = mutate(
        "mutation($input: register_agent_input!) { register_agent(input: $input) { id } }",
        json!({"type": "LocalAgent", "name": "here", "labels": []}),
    )
    .await["register_agent"]["id"]
        .take();
    let launch = mutate(
        "mutation($input: claim_flow_runs_input!) { claim_flow_runs(input: $input) { claims { launch_id } } }",
        json!({"agent_id": agent, "labels": [], "limit": 1}),
    )
    .await["claim_flow_runs"]["claims"][0]["launch_id"]
        .take();
    let report = json!({"launch_id": launch, "occurred_at": "2026-11-24T03:00:00Z", "detail": "no room yet"});
    mutate(
        "mutation($input: report_launches_input!) { report_launches(input: $input) { launches { standing } } }",
        json!({"agent_id": agent, "reports": [report]}),
    )
    .await;
    let described = world.castra(&["describe", "flow-run", &run]).stdout;
    for line in ["  waits         agent here has submitted it: no room yet", "    held up by  no room yet"] {
        assert!(described.lines().any(|shown| shown == line), "{described}");
    }
}

#[tokio::test]
async fn watching_a_run_ends_with_its_success() {
    let world = World::new().await;
    let witness = Witness::register(&world).await;
    let _agent = world.agent("agent", &[]);
    let run_config = witness.options(json!({}))["run_config"].to_string();
    let answer = world.castra(&[
        "run",
        "--name",
        "witness",
        "--watch",
        "--param",
        "number=7",
        "--run-config",
        &run_config,
    ]);
    assert_eq!(answer.code, 0, "{answer:?}");
    assert!(answer.stdout.lines().any(|line| line.starts_with("  Success: ")), "{answer:?}");
    assert_eq!(witness.testimonies()[0].number, 7);

    let json = ["run", "--name", "witness", "--watch", "-o", "json", "--run-config", &run_config];
    let end: Value = serde_json::from_str(&world.castra(&json).stdout).unwrap();
    assert_eq!(end["state"], "Success");
}

#[tokio::test]
async fn exit_codes_tell_what_went_wrong() {
    let _redacted = redacted();
    let mut world = World::new().await;
    let castra = |world: &World, arguments: &str| world.castra(&arguments.split(' ').collect::<Vec<_>>());
    insta::assert_snapshot!(castra(&world, "run"), @"
    exit code 2
    error: the following required arguments were not provided:
      <--name <NAME>|--id <ID>|--path <FILE>>

    Usage: castra run --api <URL> <--name <NAME>|--id <ID>|--path <FILE>>

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(castra(&world, "run --name nothing"), @"
    exit code 3
    error: there is no flow `nothing`; `castra get flows` lists what there is
    ");
    insta::assert_snapshot!(castra(&world, "describe flow-run 00000000-0000-4000-8000-000000000000"), @"
    exit code 3
    error: there is no flow run `<id>`; `castra get flow-runs` lists what there is
    ");
    insta::assert_snapshot!(castra(&world, "cancel nobody"), @"
    exit code 3
    error: there is no flow run `nobody`; `castra get flow-runs` lists what there is
    ");
    insta::assert_snapshot!(castra(&world, "create project tests"), @"
    exit code 5
    error: there is a project `tests` already; `--skip-if-exists` accepts that: Uniqueness violation.
    ");
    insta::assert_snapshot!(castra(&world, "get flows --api ftp://example.org"), @"
    exit code 1
    error: `ftp://example.org` is no address of a Castra server (it begins neither with http:// nor with https://): give one like http://<address>
    ");
    world.server.kill();
    insta::assert_snapshot!(castra(&world, "get flows"), @"
    exit code 4
    error: cannot reach the Castra server at http://<address>/graphql (Connection refused (os error 111)): is it running? `castra server start` starts one
    ");
}
