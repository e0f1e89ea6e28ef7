//! `castra agent ecs render`: what AWS would be asked for to launch a flow run from a file, with and without an AWS to ask.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::render::flow_run;
use crate::support::{Answer, castra};

const NETWORK: &str = "networkConfiguration: { awsvpcConfiguration: { subnets: [subnet-1] } }";

/// What `castra agent ecs render OPTIONS -` answers where these variables of AWS are set and no others.
fn render(folder: &Path, options: &[&str], flow_run: &Value, variables: &[(&str, &str)]) -> Answer {
    let mut command = castra(folder);
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("AWS_")) {
        command.env_remove(name);
    }
    command.env("HOME", folder).env("AWS_EC2_METADATA_DISABLED", "true").envs(variables.iter().copied());
    command.args(["agent", "ecs", "render"]).args(options).arg("-");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = command.spawn().unwrap();
    // A command that refuses its options does not read on.
    let _ = process.stdin.take().unwrap().write_all(flow_run.to_string().as_bytes());
    process.wait_with_output().unwrap().into()
}

/// A folder with a file of arguments of RunTask, so that no network is looked up.
fn folder() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let kwargs = folder.path().join("kwargs.yaml");
    std::fs::write(&kwargs, NETWORK).unwrap();
    let kwargs = kwargs.display().to_string();
    (folder, kwargs)
}

#[test]
fn a_task_definition_and_a_task_are_printed_without_any_aws() {
    let (folder, kwargs) = folder();
    let options = [
        "--run-task-kwargs",
        kwargs.as_str(),
        "--cluster",
        "prod",
        "--task-role-arn",
        "arn:role",
        "-l",
        "prod",
    ];
    let answer = render(folder.path(), &options, &flow_run(), &[]);
    assert_eq!((answer.code, answer.stderr.as_str()), (0, ""), "{answer}");
    let rendered: Value = serde_json::from_str(&answer.stdout).unwrap();
    insta::assert_json_snapshot!(rendered, @r#"
    {
      "register_task_definition": {
        "networkMode": "awsvpc",
        "cpu": "1024",
        "memory": "2048",
        "containerDefinitions": [
          {
            "name": "flow",
            "environment": [
              {
                "name": "PREFECT__CONTEXT__IMAGE",
                "value": "prefecthq/prefect:1.4.1"
              }
            ],
            "image": "prefecthq/prefect:1.4.1"
          }
        ],
        "family": "prefect-etl-00000000-0000-0000-0000-000000000001",
        "tags": [
          {
            "key": "prefect:flow-id",
            "value": "00000000-0000-0000-0000-000000000002"
          },
          {
            "key": "prefect:flow-version",
            "value": "1"
          }
        ],
        "requiresCompatibilities": [
          "FARGATE"
        ]
      },
      "run_task": {
        "networkConfiguration": {
          "awsvpcConfiguration": {
            "subnets": [
              "subnet-1"
            ]
          }
        },
        "launchType": "FARGATE",
        "cluster": "prod",
        "overrides": {
          "taskRoleArn": "arn:role",
          "containerOverrides": [
            {
              "name": "flow",
              "command": [
                "/bin/sh",
                "-c",
                "prefect execute flow-run"
              ],
              "environment": [
                {
                  "name": "PREFECT__LOGGING__LEVEL",
                  "value": "INFO"
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
                  "name": "PREFECT__CLOUD__USE_LOCAL_SECRETS",
                  "value": "false"
                },
                {
                  "name": "PREFECT__ENGINE__FLOW_RUNNER__DEFAULT_CLASS",
                  "value": "prefect.engine.cloud.CloudFlowRunner"
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
                  "name": "PREFECT__CONTEXT__FLOW_RUN_ID",
                  "value": "00000000-0000-0000-0000-000000000001"
                },
                {
                  "name": "PREFECT__CONTEXT__FLOW_ID",
                  "value": "00000000-0000-0000-0000-000000000002"
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
                  "value": "['prod']"
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
          ]
        },
        "clientToken": "00000000-0000-0000-0000-000000000000",
        "startedBy": "00000000-0000-0000-0000-000000000000",
        "tags": [
          {
            "key": "castra.dev/launch-id",
            "value": "00000000-0000-0000-0000-000000000000"
          }
        ]
      }
    }
    "#);
}

#[test]
fn the_credential_is_shown_only_if_asked_for_and_may_be_a_parameter() {
    let (folder, kwargs) = folder();
    let render = |more: &[&str]| {
        let options = [&["--run-task-kwargs", kwargs.as_str(), "--key", "k3y-of-mine"][..], more].concat();
        let answer = render(folder.path(), &options, &flow_run(), &[]);
        assert_eq!(answer.code, 0, "{answer}");
        answer.stdout
    };
    assert!(!render(&[]).contains("k3y-of-mine"));
    assert!(render(&["--show-secrets"]).contains("k3y-of-mine"));
    let rendered = render(&["--show-secrets", "--credential-parameters", "/castra/keys"]);
    let mut rendered: Value = serde_json::from_str(&rendered).unwrap();
    let name = "/castra/keys/00000000-0000-0000-0000-000000000000";
    assert_eq!(
        rendered["register_task_definition"]["containerDefinitions"][0]["secrets"],
        json!([
            { "name": "PREFECT__CLOUD__API_KEY", "valueFrom": name },
            { "name": "PREFECT__CLOUD__AUTH_TOKEN", "valueFrom": name },
        ])
    );
    let parameter = rendered.as_object_mut().unwrap().remove("put_parameter").unwrap();
    assert_eq!((&parameter["Name"], &parameter["Value"]), (&json!(name), &json!("k3y-of-mine")));
    assert!(!rendered.to_string().contains("k3y-of-mine"), "{rendered}");
}

#[test]
fn what_cannot_be_rendered_says_what_where_and_what_to_do() {
    let (folder, kwargs) = folder();
    let refused = |options: &[&str], run_config: Value, variables: &[(&str, &str)]| {
        let mut flow_run = flow_run();
        flow_run["run_config"] = run_config;
        let answer = render(folder.path(), options, &flow_run, variables);
        answer.to_string().replace(folder.path().to_str().unwrap(), "<folder>")
    };
    let own = |more: Value| {
        let mut run = json!({ "type": "ECSRun", "labels": [] });
        run.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        run
    };
    insta::assert_snapshot!(refused(&[], own(json!({})), &[]), @"
    exit code 1
    error: the flow run `00000000-0000-0000-0000-000000000001` cannot be launched by this agent: AWS has to be asked for what is not given: no AWS region is configured: say it with --region-name or AWS_DEFAULT_REGION, or in the profile (~/.aws/config)
    ");
    insta::assert_snapshot!(refused(&["--region-name", "eu-west-1"], own(json!({})), &[]), @"
    exit code 1
    error: the flow run `00000000-0000-0000-0000-000000000001` cannot be launched by this agent: inferring its network configuration from the default VPC (`networkConfiguration` in the file of --run-task-kwargs spares that): the agent has no AWS credentials: no providers in chain provided credentials. Give it some in one of the usual ways: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile (AWS_PROFILE), or a role of the machine or task that it runs on
    ");
    let nowhere = [
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:9"),
        ("AWS_ACCESS_KEY_ID", "key"),
        ("AWS_SECRET_ACCESS_KEY", "s"),
    ];
    let options = ["--region-name", "eu-west-1", "--run-task-kwargs", kwargs.as_str()];
    insta::assert_snapshot!(refused(&options, own(json!({ "task_definition_arn": "etl:1" })), &nowhere), @"
    exit code 1
    error: the flow run `00000000-0000-0000-0000-000000000001` cannot be launched by this agent: the task definition `etl:1`: ECS does not answer: Connection refused (os error 111)
    ");
    std::fs::write(folder.path().join("list.yaml"), "- a").unwrap();
    let list = folder.path().join("list.yaml").display().to_string();
    insta::assert_snapshot!(refused(&["--task-definition", &list], own(json!({})), &[]), @"
    exit code 1
    error: the flow run `00000000-0000-0000-0000-000000000001` cannot be launched by this agent: the file of --task-definition, <folder>/list.yaml, cannot be used: an object is needed, as AWS takes it: `containerDefinitions: [{name: flow}]`
    ");
    insta::assert_snapshot!(refused(&["--credential-parameters", "castra"], own(json!({})), &[]), @"
    exit code 1
    error: the flow run `00000000-0000-0000-0000-000000000001` cannot be launched by this agent: --credential-parameters castra: write names of letters, digits, `.`, `_` and `-` with a `/` before each, e.g. /castra/credentials
    ");
    insta::assert_snapshot!(refused(&["--run-task-kwargs", &kwargs], json!({ "type": "LocalRun", "labels": [] }), &[]), @"
    exit code 1
    error: the flow run `00000000-0000-0000-0000-000000000001` cannot be launched by this agent: the ecs agent takes ECSRun or UniversalRun, not LocalRun
    ");
}

#[test]
fn an_agent_without_aws_does_not_start() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = castra(folder.path());
    command.args(["agent", "ecs", "start", "--region-name", "eu-west-1", "--cluster", "prod"]);
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("AWS_")) {
        command.env_remove(name);
    }
    command.env("HOME", folder.path()).env("AWS_EC2_METADATA_DISABLED", "true");
    let answer: Answer = command.output().unwrap().into();
    insta::assert_snapshot!(answer, @"
    exit code 1
    warning: what runs in the cloud cannot reach http://localhost:4200: say with --api where the server is for them
    error: cannot look at the tasks of the cluster `prod` in region eu-west-1: the agent has no AWS credentials: no providers in chain provided credentials. Give it some in one of the usual ways: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile (AWS_PROFILE), or a role of the machine or task that it runs on
    ");
}

/// What stands for AWS; ends with the test.
struct Aws {
    process: Child,
    endpoint: String,
}

impl Aws {
    fn start() -> Option<Self> {
        let Some(python) = std::env::var_os("CASTRA_CLOUDS_PYTHON") else {
            eprintln!(
                "LEFT OUT: nothing is looked up in AWS. Set CASTRA_CLOUDS_PYTHON; `cargo xtask test` does."
            );
            return None;
        };
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/clouds/ecs.py");
        let mut process = Command::new(python).arg(script).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let endpoint =
            lines.find_map(|line| Some(line.unwrap().split_once("Running on ")?.1.to_owned())).unwrap();
        std::thread::spawn(move || lines.for_each(drop));
        Some(Self { process, endpoint })
    }
}

impl Drop for Aws {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn the_network_of_the_default_vpc_is_looked_up() {
    let Some(aws) = Aws::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let variables = [
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:9"),
        ("AWS_ENDPOINT_URL_EC2", aws.endpoint.as_str()),
        ("AWS_ACCESS_KEY_ID", "key"),
        ("AWS_SECRET_ACCESS_KEY", "s3cr3t"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
    ];
    let answer = render(folder.path(), &[], &flow_run(), &variables);
    assert_eq!((answer.code, answer.stderr.as_str()), (0, ""), "{answer}");
    let rendered: Value = serde_json::from_str(&answer.stdout).unwrap();
    let network = &rendered["run_task"]["networkConfiguration"]["awsvpcConfiguration"];
    assert_eq!(network["assignPublicIp"], "ENABLED");
    assert!(network["subnets"].as_array().unwrap().len() > 1, "{network}");
}

/// That the default VPC was looked up with credentials that AWS took.
fn is_looked_up(folder: &Path, variables: &[(&str, &str)]) {
    let answer = render(folder, &[], &flow_run(), variables);
    assert_eq!((answer.code, answer.stderr.as_str()), (0, ""), "{answer}");
    assert!(answer.stdout.contains("awsvpcConfiguration"), "{answer}");
}

#[test]
fn credentials_region_and_endpoint_may_come_from_a_profile() {
    let Some(aws) = Aws::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let credentials = folder.path().join("credentials.json");
    let keys = json!({ "Version": 1, "AccessKeyId": "key", "SecretAccessKey": "s3cr3t" });
    std::fs::write(&credentials, keys.to_string()).unwrap();
    std::fs::create_dir(folder.path().join(".aws")).unwrap();
    let profile = format!(
        "[profile flows]\nregion = us-east-1\nendpoint_url = {}\ncredential_process = /bin/cat {}\n",
        aws.endpoint,
        credentials.display()
    );
    std::fs::write(folder.path().join(".aws/config"), profile).unwrap();
    is_looked_up(folder.path(), &[("AWS_PROFILE", "flows")]);
}

/// As a task of ECS or a pod of EKS has it.
#[test]
fn credentials_may_come_from_where_the_agent_runs() {
    let Some(aws) = Aws::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/credentials", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let keys = json!({
            "AccessKeyId": "key", "SecretAccessKey": "s3cr3t", "Token": "t0ken", "Expiration": "2100-01-01T00:00:00Z",
        });
        let (mut connection, _) = listener.accept().unwrap();
        let _ = connection.read(&mut [0; 4096]);
        let answer = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{keys}",
            keys.to_string().len()
        );
        connection.write_all(answer.as_bytes()).unwrap();
    });
    let variables = [
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", address.as_str()),
        ("AWS_ENDPOINT_URL", aws.endpoint.as_str()),
        ("AWS_REGION", "us-east-1"),
    ];
    is_looked_up(folder.path(), &variables);
}
