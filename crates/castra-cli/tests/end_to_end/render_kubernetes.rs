//! `castra agent kubernetes render`: the Job for a flow run from a file, with templates from wherever they are.

use serde_json::{Value, json};

use crate::render::{flow_run, render, rendered};
use crate::support::{Answer, castra};

fn container(job: &Value) -> &Value {
    &job["spec"]["template"]["spec"]["containers"][0]
}

#[test]
fn a_job_is_printed() {
    let folder = tempfile::tempdir().unwrap();
    let template = folder.path().join("job.yaml");
    let text = "
        apiVersion: batch/v1
        kind: Job
        metadata: { name: etl, labels: { team: data } }
        spec:
          backoffLimit: 0
          template:
            spec:
              nodeSelector: { spot: 'yes' }
              containers: [{ name: flow, env: [{ name: A, value: template }, { name: OWN, value: template }] }]
    ";
    std::fs::write(&template, text).unwrap();
    let template = format!("agent://{}", template.display());
    let options = [
        "--job-template",
        template.as_str(),
        "--service-account-name",
        "runner",
        "--image-pull-secrets",
        "one, two",
        "-l",
        "prod",
        "--env",
        "B=1",
    ];
    insta::assert_json_snapshot!(rendered("kubernetes", &options), @r#"
    {
      "apiVersion": "batch/v1",
      "kind": "Job",
      "metadata": {
        "name": "etl-36b66471",
        "labels": {
          "team": "data",
          "prefect.io/identifier": "36b66471",
          "prefect.io/flow_run_id": "00000000-0000-0000-0000-000000000001",
          "prefect.io/flow_id": "00000000-0000-0000-0000-000000000002",
          "castra.dev/launch-id": "00000000-0000-0000-0000-000000000000"
        }
      },
      "spec": {
        "backoffLimit": 0,
        "template": {
          "spec": {
            "nodeSelector": {
              "spot": "yes"
            },
            "containers": [
              {
                "name": "flow",
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
                    "name": "PREFECT__CLOUD__AGENT__LABELS",
                    "value": "['prod']"
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
                    "name": "PREFECT__CLOUD__USE_LOCAL_SECRETS",
                    "value": "false"
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
                    "name": "PREFECT__CONTEXT__IMAGE",
                    "value": "prefecthq/prefect:1.4.1"
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
                  },
                  {
                    "name": "OWN",
                    "value": "template"
                  }
                ],
                "image": "prefecthq/prefect:1.4.1",
                "args": [
                  "prefect",
                  "execute",
                  "flow-run"
                ],
                "resources": {
                  "requests": {},
                  "limits": {}
                }
              }
            ],
            "serviceAccountName": "runner",
            "imagePullSecrets": [
              {
                "name": "one"
              },
              {
                "name": "two"
              }
            ],
            "restartPolicy": "Never"
          },
          "metadata": {
            "labels": {
              "prefect.io/identifier": "36b66471",
              "prefect.io/flow_run_id": "00000000-0000-0000-0000-000000000001",
              "prefect.io/flow_id": "00000000-0000-0000-0000-000000000002",
              "castra.dev/launch-id": "00000000-0000-0000-0000-000000000000"
            }
          }
        }
      }
    }
    "#);
}

#[test]
fn the_credential_is_not_in_the_job() {
    for options in [&["--key", "k3y-of-mine"][..], &["--key", "k3y-of-mine", "--show-secrets"]] {
        let job = rendered("kubernetes", options);
        assert!(!job.to_string().contains("k3y-of-mine"), "{job}");
        let variables = container(&job)["env"].as_array().unwrap();
        let credential =
            variables.iter().find(|variable| variable["name"] == "PREFECT__CLOUD__API_KEY").unwrap();
        assert_eq!(
            credential["valueFrom"]["secretKeyRef"],
            json!({ "name": job["metadata"]["name"], "key": "credential" })
        );
    }
}

#[test]
fn secrets_of_the_run_config_are_printed_only_if_asked_for() {
    assert!(!rendered("kubernetes", &[]).to_string().contains("p4ss"));
    assert!(rendered("kubernetes", &["--show-secrets"]).to_string().contains("p4ss"));
}

#[test]
fn a_template_that_makes_no_job_says_what_where_and_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |run_config: Value| {
        let mut flow_run = flow_run();
        flow_run["run_config"] = run_config;
        let answer = render(folder.path(), "kubernetes", &["-"], &flow_run.to_string());
        answer.to_string().replace(folder.path().to_str().unwrap(), "<folder>")
    };
    let by_path = |path: String| json!({ "type": "KubernetesRun", "labels": [], "job_template_path": path });
    let missing = format!("agent://{}/missing.yaml", folder.path().display());
    insta::assert_snapshot!(refused(by_path(missing)), @r#"
    exit code 1
    error: the flow run `00000000-0000-0000-0000-000000000001` cannot be launched by this agent: there is no file at agent://<folder>/missing.yaml
    "#);
    let broken = folder.path().join("broken.yaml");
    std::fs::write(&broken, "kind: [Job").unwrap();
    insta::assert_snapshot!(refused(by_path(format!("agent://{}", broken.display()))), @r#"
    exit code 1
    error: the flow run `00000000-0000-0000-0000-000000000001` cannot be launched by this agent: the file at agent://<folder>/broken.yaml is not YAML: the YAML text is wrong at line 2, column 1: while parsing a flow sequence, expected ',' or ']'
    "#);
    insta::assert_snapshot!(refused(by_path("ftp://host/job.yaml".to_owned())), @r#"
    exit code 1
    error: the flow run `00000000-0000-0000-0000-000000000001` cannot be launched by this agent: ftp://host/job.yaml cannot be read: its scheme is none of agent://, file://, https://, http://, s3://, gs://, gcs:// and az://
    "#);
    let inline =
        json!({ "type": "KubernetesRun", "labels": [], "job_template": { "spec": { "template": {} } } });
    insta::assert_snapshot!(refused(inline), @r#"
    exit code 1
    error: the flow run `00000000-0000-0000-0000-000000000001` cannot be launched by this agent: nothing can be made of its template: `spec.template.spec` is missing
    "#);
    insta::assert_snapshot!(refused(json!({ "type": "LocalRun", "labels": [] })), @r#"
    exit code 1
    error: the flow run `00000000-0000-0000-0000-000000000001` cannot be launched by this agent: the kubernetes agent takes KubernetesRun or UniversalRun, not LocalRun
    "#);
}

/// Whether a cluster answers that the kubeconfig names.
fn has_cluster() -> bool {
    let folder = tempfile::tempdir().unwrap();
    let answer = render(folder.path(), "kubernetes", &["--dry-run", "-"], &flow_run().to_string());
    let has_one =
        !["no cluster is configured", "does not answer"].iter().any(|words| answer.stderr.contains(words));
    if !has_one {
        eprintln!("LEFT OUT: no Job is shown to an API server. Set KUBECONFIG to one whose cluster answers.");
    }
    has_one
}

#[test]
fn the_api_server_is_asked_whether_it_would_take_the_job() {
    if !has_cluster() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let answer = render(folder.path(), "kubernetes", &["--dry-run", "-"], &flow_run().to_string());
    assert_eq!(answer.code, 0, "{answer}");
    let job: Value = serde_json::from_str(&answer.stdout).unwrap();
    assert_eq!(job, rendered("kubernetes", &[]), "it is printed as it is sent");
}

#[test]
fn what_the_api_server_has_against_the_job_is_told() {
    if !has_cluster() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut flow_run = flow_run();
    flow_run["run_config"] = json!({ "type": "KubernetesRun", "labels": [], "memory_limit": "two" });
    let render = |options: &[&str]| render(folder.path(), "kubernetes", options, &flow_run.to_string());
    assert_eq!(render(&["-"]).code, 0);
    let refused = render(&["--dry-run", "-"]);
    assert_eq!((refused.code, refused.stdout.as_str()), (1, ""));
    // The rest is the API server's own, and differs from version to version.
    assert!(refused.stderr.contains("the API server would not create its job: "), "{refused}");
    assert!(refused.stderr.contains("quantities must match"), "{refused}");
}

#[test]
fn an_agent_without_a_cluster_does_not_start() {
    let folder = tempfile::tempdir().unwrap();
    let kubeconfig = folder.path().join("none");
    let mut command = castra(folder.path());
    command.args(["agent", "kubernetes", "start"]).env("KUBECONFIG", &kubeconfig);
    command.env_remove("KUBERNETES_SERVICE_HOST");
    let answer: Answer = command.output().unwrap().into();
    insta::assert_snapshot!(answer.to_string().replace(folder.path().to_str().unwrap(), "<folder>"), @r#"
    exit code 1
    warning: pods cannot reach http://localhost:4200, which inside of one is the pod itself, unless their template puts them into the host's network: say with --api where the server is for them
    error: no cluster is configured: neither the kubeconfig (KUBECONFIG, ~/.kube/config) nor a pod's service account can be read: Failed to infer configuration: failed to infer config: in-cluster: (failed to read an incluster environment variable: environment variable not found), kubeconfig: (failed to read kubeconfig from '"<folder>/none"': No such file or directory (os error 2))
    "#);
}
