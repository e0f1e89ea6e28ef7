//! `castra agent vertex render`: the CustomJob for a flow run from a file, without any access to Google.

use serde_json::{Value, json};

use crate::render::{flow_run, render, rendered};
use crate::support::{Answer, castra};

#[test]
fn a_custom_job_is_printed() {
    let options = [
        "--project",
        "p",
        "--service-account",
        "runs@p.iam.gserviceaccount.com",
        "-l",
        "gcp",
        "--env",
        "B=1",
    ];
    insta::assert_json_snapshot!(rendered("vertex", &options), @r#"
    {
      "display_name": "etl-sturdy-ox",
      "job_spec": {
        "worker_pool_specs": [
          {
            "machine_spec": {
              "machine_type": "e2-standard-4"
            },
            "replica_count": 1,
            "container_spec": {
              "image_uri": "prefecthq/prefect:1.4.1",
              "command": [
                "prefect",
                "execute",
                "flow-run"
              ],
              "args": [],
              "env": [
                {
                  "name": "PREFECT__LOGGING__LEVEL",
                  "value": "INFO"
                },
                {
                  "name": "B",
                  "value": "1"
                },
                {
                  "name": "A",
                  "value": "yes"
                },
                {
                  "name": "PREFECT__CONTEXT__SECRETS__DB",
                  "value": "********"
                },
                {
                  "name": "PREFECT__CLOUD__SEND_FLOW_RUN_LOGS",
                  "value": "true"
                },
                {
                  "name": "PREFECT__BACKEND",
                  "value": "server"
                },
                {
                  "name": "PREFECT__CLOUD__API",
                  "value": "http://localhost:4200"
                },
                {
                  "name": "PREFECT__CLOUD__API_KEY",
                  "value": ""
                },
                {
                  "name": "PREFECT__CLOUD__TENANT_ID",
                  "value": ""
                },
                {
                  "name": "PREFECT__CLOUD__AGENT__LABELS",
                  "value": "['gcp']"
                },
                {
                  "name": "PREFECT__CONTEXT__FLOW_RUN_ID",
                  "value": "00000000-0000-0000-0000-000000000001"
                },
                {
                  "name": "PREFECT__CONTEXT__FLOW_ID",
                  "value": "00000000-0000-0000-0000-000000000002"
                },
                {
                  "name": "PREFECT__CLOUD__USE_LOCAL_SECRETS",
                  "value": "false"
                },
                {
                  "name": "PREFECT__ENGINE__FLOW_RUNNER__DEFAULT_CLASS",
                  "value": "prefect.engine.cloud.CloudFlowRunner"
                },
                {
                  "name": "PREFECT__LOGGING__LOG_TO_CLOUD",
                  "value": "true"
                },
                {
                  "name": "PREFECT__CLOUD__AUTH_TOKEN",
                  "value": ""
                }
              ]
            }
          }
        ],
        "service_account": "runs@p.iam.gserviceaccount.com"
      },
      "labels": {
        "castra-launch-id": "00000000-0000-0000-0000-000000000000"
      }
    }
    "#);
}

/// A flow run with these fields of a `VertexRun`.
fn vertex_run(fields: Value) -> Value {
    let mut flow_run = flow_run();
    flow_run["run_config"] = json!({ "type": "VertexRun", "labels": [] });
    flow_run["run_config"].as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    flow_run
}

#[test]
fn pools_of_the_run_config_are_printed_as_they_are_but_for_the_flows_container() {
    let pools = json!([
        { "machine_spec": { "machine_type": "e2-standard-4" }, "replica_count": 1, "unknown": { "a": 1 } },
        { "replica_count": 3, "container_spec": { "image_uri": "mine" } },
    ]);
    let flow_run = vertex_run(
        json!({ "worker_pool_specs": pools, "network": "n", "scheduling": { "timeout": "3600s" } }),
    );
    let folder = tempfile::tempdir().unwrap();
    let answer = render(folder.path(), "vertex", &["-"], &flow_run.to_string());
    let mut job: Value = serde_json::from_str(&answer.stdout).unwrap();
    let container =
        job["job_spec"]["worker_pool_specs"][0].as_object_mut().unwrap().remove("container_spec").unwrap();
    assert_eq!(container["image_uri"], "prefecthq/prefect:1.4.1");
    let spec = json!({
        "worker_pool_specs": pools, "service_account": null, "network": "n", "scheduling": { "timeout": "3600s" },
    });
    assert_eq!(job["job_spec"], spec);
}

#[test]
fn secrets_are_printed_only_if_asked_for() {
    let options = ["--key", "k3y-of-mine"];
    let masked = rendered("vertex", &options).to_string();
    assert!(!masked.contains("k3y-of-mine") && !masked.contains("p4ss"), "{masked}");
    let shown = rendered("vertex", &[&options[..], &["--show-secrets"]].concat()).to_string();
    assert!(shown.contains("k3y-of-mine") && shown.contains("p4ss"), "{shown}");
}

#[test]
fn what_no_job_can_be_made_of_says_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |flow_run: &Value| {
        let answer = render(folder.path(), "vertex", &["-"], &flow_run.to_string());
        answer.to_string()
    };
    insta::assert_snapshot!(refused(&vertex_run(json!({ "worker_pool_specs": [] }))), @"
    exit code 1
    error: the flow run `00000000-0000-0000-0000-000000000001` cannot be launched by this agent: its run config's `worker_pool_specs` is empty: leave it out, or describe the pool that the flow runs in
    ");
    let mut other = flow_run();
    other["run_config"] = json!({ "type": "ECSRun", "labels": [] });
    insta::assert_snapshot!(refused(&other), @"
    exit code 1
    error: the flow run `00000000-0000-0000-0000-000000000001` cannot be launched by this agent: the vertex agent takes VertexRun or UniversalRun, not ECSRun
    ");
}

#[test]
fn an_agent_without_credentials_does_not_start() {
    let folder = tempfile::tempdir().unwrap();
    let start = |options: &[&str], variables: &[(&str, &str)]| {
        let mut command = castra(folder.path());
        command.args(["agent", "vertex", "start", "--api", "https://castra.example"]).args(options);
        for name in ["GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT"] {
            command.env_remove(name);
        }
        command.env("HOME", folder.path()).envs(variables.iter().copied());
        let answer: Answer = command.output().unwrap().into();
        answer.to_string().replace(folder.path().to_str().unwrap(), "<folder>")
    };
    let missing = folder.path().join("missing.json");
    let missing = missing.to_str().unwrap();
    insta::assert_snapshot!(start(&["--project", "p"], &[("GOOGLE_APPLICATION_CREDENTIALS", missing)]), @"
    exit code 1
    error: the agent has no credentials for Google Cloud: could not find or open the credentials file <folder>/missing.json. This file name was found in the `GOOGLE_APPLICATION_CREDENTIALS` environment variable. Verify this environment variable points to a valid file. Run `gcloud auth application-default login`, or name a file with GOOGLE_APPLICATION_CREDENTIALS
    ");
    // Nothing listens at port 9: no machine of Google's, and no project.
    insta::assert_snapshot!(start(&[], &[("GCE_METADATA_HOST", "127.0.0.1:9")]), @"
    exit code 1
    error: no Google Cloud project is known: neither the agent's credentials nor its machine name one. Say it with --project
    ");
}
