//! `castra agent … render`: a flow run from a file, and what an agent would send for it.

use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::support::{Answer, castra};

pub(crate) fn flow_run() -> Value {
    json!({
        "id": "00000000-0000-0000-0000-000000000001",
        "name": "sturdy-ox",
        "version": 1,
        "parameters": {},
        "run_config": { "type": "UniversalRun", "labels": [], "env": { "A": "yes", "PREFECT__CONTEXT__SECRETS__DB": "p4ss" } },
        "flow": {
            "id": "00000000-0000-0000-0000-000000000002",
            "name": "etl",
            "version": 1,
            "storage": { "type": "Module", "module": "flows.etl" },
            "core_version": "1.4.1",
            "environment": null,
        },
    })
}

/// What `castra agent KIND render OPTIONS` answers to a text on stdin.
pub(crate) fn render(folder: &Path, kind: &str, options: &[&str], stdin: &str) -> Answer {
    let mut command = castra(folder);
    command.args(["agent", kind, "render"]).args(options).stdin(Stdio::piped());
    let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // A command that refuses its options does not read on.
    let _ = process.stdin.take().unwrap().write_all(stdin.as_bytes());
    process.wait_with_output().unwrap().into()
}

pub(crate) fn rendered(kind: &str, options: &[&str]) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let answer = render(folder.path(), kind, &[options, &["-"]].concat(), &flow_run().to_string());
    assert_eq!((answer.code, answer.stderr.as_str()), (0, ""), "{answer}");
    assert!(!folder.path().join("home").exists(), "what only looks makes no folder");
    serde_json::from_str(&answer.stdout).unwrap()
}

#[test]
fn a_local_process_is_printed() {
    let options = ["--no-hostname-label", "-l", "b", "-l", "a", "-p", "/lib", "--python", "/usr/bin/python3"];
    let mut process = rendered("local", &options);
    // It begins with where this test runs.
    assert!(process["env"]["PYTHONPATH"].take().as_str().unwrap().ends_with("/lib"));
    insta::assert_json_snapshot!(process, @r#"
    {
      "command": [
        "/usr/bin/python3",
        "-m",
        "prefect",
        "execute",
        "flow-run"
      ],
      "env": {
        "A": "yes",
        "PREFECT__BACKEND": "server",
        "PREFECT__CLOUD__AGENT__LABELS": "['b', 'a']",
        "PREFECT__CLOUD__API": "http://localhost:4200",
        "PREFECT__CLOUD__SEND_FLOW_RUN_LOGS": "true",
        "PREFECT__CLOUD__USE_LOCAL_SECRETS": "false",
        "PREFECT__CONTEXT__FLOW_ID": "00000000-0000-0000-0000-000000000002",
        "PREFECT__CONTEXT__FLOW_RUN_ID": "00000000-0000-0000-0000-000000000001",
        "PREFECT__CONTEXT__SECRETS__DB": "********",
        "PREFECT__ENGINE__FLOW_RUNNER__DEFAULT_CLASS": "prefect.engine.cloud.CloudFlowRunner",
        "PREFECT__LOGGING__LEVEL": "INFO",
        "PYTHONPATH": null
      },
      "cwd": null
    }
    "#);
}

#[test]
fn a_container_is_printed() {
    let options =
        ["-e", "B=1", "--volume", "cache:/cache", "--network", "a", "--network", "b", "--no-cloud-logs"];
    insta::assert_json_snapshot!(rendered("docker", &options), @r#"
    {
      "pull": "prefecthq/prefect:1.4.1",
      "volumes": [
        "cache"
      ],
      "create": {
        "name": "sturdy-ox",
        "body": {
          "Image": "prefecthq/prefect:1.4.1",
          "Cmd": [
            "prefect",
            "execute",
            "flow-run"
          ],
          "Env": [
            "PREFECT__CLOUD__API=http://host.docker.internal:4200",
            "PREFECT__LOGGING__LEVEL=INFO",
            "B=1",
            "A=yes",
            "PREFECT__CONTEXT__SECRETS__DB=********",
            "PREFECT__CLOUD__SEND_FLOW_RUN_LOGS=false",
            "PREFECT__BACKEND=server",
            "PREFECT__CLOUD__API_KEY=",
            "PREFECT__CLOUD__TENANT_ID=",
            "PREFECT__CLOUD__AGENT__LABELS=[]",
            "PREFECT__CONTEXT__FLOW_RUN_ID=00000000-0000-0000-0000-000000000001",
            "PREFECT__CONTEXT__FLOW_ID=00000000-0000-0000-0000-000000000002",
            "PREFECT__CONTEXT__IMAGE=prefecthq/prefect:1.4.1",
            "PREFECT__CLOUD__USE_LOCAL_SECRETS=false",
            "PREFECT__ENGINE__FLOW_RUNNER__DEFAULT_CLASS=prefect.engine.cloud.CloudFlowRunner",
            "PREFECT__LOGGING__LOG_TO_CLOUD=false",
            "PREFECT__CLOUD__AUTH_TOKEN="
          ],
          "Volumes": {
            "/cache": {}
          },
          "HostConfig": {
            "NetworkMode": "default",
            "AutoRemove": true,
            "Binds": [
              "cache:/cache:rw"
            ],
            "ExtraHosts": [
              "host.docker.internal:host-gateway"
            ]
          },
          "NetworkingConfig": {
            "EndpointsConfig": {
              "a": {}
            }
          },
          "Labels": {
            "io.prefect.flow-name": "etl",
            "io.prefect.flow-id": "00000000-0000-0000-0000-000000000002",
            "io.prefect.flow-run-id": "00000000-0000-0000-0000-000000000001",
            "castra.dev/launch-id": "00000000-0000-0000-0000-000000000000"
          },
          "Tty": false,
          "OpenStdin": false,
          "StdinOnce": false,
          "AttachStdin": false,
          "AttachStdout": true,
          "AttachStderr": true,
          "NetworkDisabled": false
        }
      },
      "connect": [
        "b"
      ]
    }
    "#);
}

#[test]
fn secrets_are_printed_only_if_asked_for() {
    let tenant = "00000000-0000-0000-0000-000000000004";
    let key = ["--key", "k3y-of-mine", "--tenant-id", tenant];
    for kind in ["local", "docker"] {
        let masked = rendered(kind, &key).to_string();
        assert!(!masked.contains("k3y-of-mine") && !masked.contains("p4ss"), "{masked}");
        assert!(masked.contains("********") && masked.contains(tenant), "{masked}");
        let shown = rendered(kind, &[&key[..], &["--show-secrets"]].concat()).to_string();
        assert!(shown.contains("k3y-of-mine") && shown.contains("p4ss"), "{shown}");
    }
}

#[test]
fn yaml_is_quoted_where_it_must_be() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.json");
    std::fs::write(&file, flow_run().to_string()).unwrap();
    let options = ["-o", "yaml", "--no-hostname-label", "--python", "python3", file.to_str().unwrap()];
    let yaml = render(folder.path(), "local", &options, "").stdout;
    assert!(yaml.contains("\n  A: \"yes\"\n"), "{yaml}");
    assert!(yaml.starts_with("command:\n- python3\n- -m\n- prefect\n"), "{yaml}");
    assert!(yaml.contains("\ncwd: null\n"), "{yaml}");

    let table = render(folder.path(), "local", &["-o", "table", file.to_str().unwrap()], "");
    insta::assert_snapshot!(table, @r#"
    exit code 1
    error: this is no table: leave `--output table` out, or say json or yaml
    "#);
}

#[test]
fn what_cannot_be_rendered_says_what_where_and_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |kind, options: &[&str], stdin: &str| {
        let answer = render(folder.path(), kind, options, stdin);
        answer.to_string().replace(folder.path().to_str().unwrap(), "<folder>")
    };
    let missing = folder.path().join("missing.json");
    insta::assert_snapshot!(refused("docker", &[missing.to_str().unwrap()], ""), @r#"
    exit code 1
    error: cannot read <folder>/missing.json: No such file or directory (os error 2); name a file that holds a flow run in JSON, or `-` for stdin
    "#);
    insta::assert_snapshot!(refused("docker", &["-"], "id: 1"), @r#"
    exit code 1
    error: stdin is not JSON: expected value at line 1 column 1; a flow run is an object as the API returns it: {id, name, version, parameters, run_config, flow: {id, name, version, storage, core_version, environment}}
    "#);
    insta::assert_snapshot!(refused("docker", &["-"], r#"{"id": "1"}"#), @r#"
    exit code 1
    error: stdin is no flow run: at `id`: UUID parsing failed: invalid length: found 1; a flow run is an object as the API returns it: {id, name, version, parameters, run_config, flow: {id, name, version, storage, core_version, environment}}
    "#);
    let with_run_config = |run_config: Value| {
        let mut flow_run = flow_run();
        flow_run["run_config"] = run_config;
        flow_run.to_string()
    };
    let wrong_agent = with_run_config(json!({ "type": "LocalRun", "labels": [] }));
    insta::assert_snapshot!(refused("docker", &["-"], &wrong_agent), @r#"
    exit code 1
    error: the flow run `00000000-0000-0000-0000-000000000001` cannot be launched by this agent: the docker agent takes DockerRun or UniversalRun, not LocalRun
    "#);
    let host_config = json!({ "type": "DockerRun", "labels": [], "host_config": { "mem_limt": "1g" } });
    insta::assert_snapshot!(refused("docker", &["-"], &with_run_config(host_config)), @r#"
    exit code 1
    error: the flow run `00000000-0000-0000-0000-000000000001` cannot be launched by this agent: its run config: host_config has no option `mem_limt` (did you mean `mem_limit`?)
    "#);
    insta::assert_snapshot!(refused("docker", &["--volume", "a:/b:ro", "-"], &flow_run().to_string()), @r#"
    exit code 1
    error: the flow run `00000000-0000-0000-0000-000000000001` cannot be launched by this agent: the agent's option --volume: the named volume `a` can only have the mode `rw`, not `ro`: leave the mode out
    "#);
}

#[test]
fn a_docker_agent_with_a_volume_that_cannot_be_read_does_not_start() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = castra(folder.path());
    let answer: Answer =
        command.args(["agent", "docker", "start", "--volume", "/a:/b:ro:z"]).output().unwrap().into();
    insta::assert_snapshot!(answer, @r#"
    exit code 1
    error: the volume `/a:/b:ro:z` has more than three parts: write external:internal[:mode]
    "#);
}

#[test]
fn a_docker_agent_warns_of_an_address_that_containers_cannot_reach() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = castra(folder.path());
    command.args([
        "agent",
        "docker",
        "start",
        "--api",
        "http://127.0.0.1:1",
        "--base-url",
        "unix:///nowhere.sock",
    ]);
    let answer: Answer = command.output().unwrap().into();
    assert_eq!(answer.code, 1, "{answer}");
    assert!(answer.stderr.starts_with("warning: containers cannot reach http://127.0.0.1:1,"), "{answer}");
}
