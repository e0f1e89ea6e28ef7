//! What AWS is asked for, by example.

use castra_core::claim::ClaimedFlowRun;
use castra_core::credential::Credential;
use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::ecs::network_configuration;

/// A run of a flow with this storage and run config.
fn order_of(core_version: &str, storage: Value, run_config: Value) -> Order {
    let flow_run: ClaimedFlowRun = serde_json::from_value(json!({
        "id": Uuid::from_u128(1),
        "name": "neat-crow",
        "run_config": run_config,
        "flow": {
            "id": Uuid::from_u128(2), "name": "Daily ETL", "version": 7, "storage": storage,
            "core_version": core_version,
        },
    }))
    .unwrap();
    Order { launch_id: Uuid::from_u128(3), flow_run, credential: None, tenant_id: Some(Uuid::from_u128(4)) }
}

/// A run of a Prefect flow with these fields of an ECSRun.
fn order(fields: Value) -> Order {
    let mut run_config = json!({ "type": "ECSRun", "labels": [] });
    run_config.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    order_of("1.4.1", json!({ "type": "S3", "bucket": "flows" }), run_config)
}

fn docker_storage() -> Value {
    json!({ "type": "Docker", "registry_url": "registry.example", "image_name": "etl", "image_tag": "v1", "flows": {} })
}

fn flow_runs() -> FlowRunConfig {
    FlowRunConfig { labels: vec!["aws".to_owned()], ..FlowRunConfig::new("http://castra:4200") }
}

fn found() -> EcsFound {
    EcsFound { task_definition: None, network_configuration: network_configuration(&["subnet-1".to_owned()]) }
}

fn rendered(order: &Order, config: &EcsConfig) -> EcsSpec {
    render(order, &flow_runs(), config, &found()).unwrap()
}

fn refused(order: &Order) -> RenderError {
    render(order, &flow_runs(), &EcsConfig::default(), &found()).unwrap_err()
}

/// What is registered for an order on an agent with defaults.
fn registered(order: &Order) -> Value {
    rendered(order, &EcsConfig::default()).register_task_definition.unwrap().into()
}

/// RunTask on an agent, without the environment and the marks, which have tests of their own.
fn run_task(order: &Order, config: &EcsConfig) -> Value {
    let mut run_task = Value::from(rendered(order, config).run_task);
    let fields = run_task.as_object_mut().unwrap();
    fields.retain(|name, _| !["clientToken", "startedBy", "tags"].contains(&name.as_str()));
    for container in run_task["overrides"]["containerOverrides"].as_array_mut().unwrap() {
        container.as_object_mut().unwrap().remove("environment");
    }
    run_task
}

fn kwargs(value: Value) -> Map<String, Value> {
    serde_json::from_value(value).unwrap()
}

#[test]
fn a_prefect_flow_with_the_defaults() {
    let spec = rendered(&order(json!({})), &EcsConfig::default());
    insta::assert_json_snapshot!(spec.to_json(), @r#"
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
        "family": "prefect-daily-etl-00000000-0000-0000-0000-000000000001",
        "tags": [
          {
            "key": "prefect:flow-id",
            "value": "00000000-0000-0000-0000-000000000002"
          },
          {
            "key": "prefect:flow-version",
            "value": "7"
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
            ],
            "assignPublicIp": "ENABLED"
          }
        },
        "launchType": "FARGATE",
        "overrides": {
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
                  "value": "http://castra:4200"
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
                  "value": "['aws']"
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
        "clientToken": "00000000-0000-0000-0000-000000000003",
        "startedBy": "00000000-0000-0000-0000-000000000003",
        "tags": [
          {
            "key": "castra.dev/launch-id",
            "value": "00000000-0000-0000-0000-000000000003"
          }
        ]
      }
    }
    "#);
}

#[test]
fn a_castra_flow_is_started_without_a_shell() {
    let storage = json!({ "type": "Executable", "path": "/flows/etl", "arguments": ["flow"], "flow": "etl" });
    let run_config = json!({ "type": "ECSRun", "labels": [], "image": "etl:v1", "env": { "A": "b" } });
    let mut order = order_of("castra/0.1.0", storage, run_config);
    order.credential = Some(Credential::new("castra_3_s3cret"));
    let spec = rendered(&order, &EcsConfig::default());
    insta::assert_json_snapshot!(spec.register_task_definition.as_ref().unwrap()["containerDefinitions"], @r#"
    [
      {
        "name": "flow",
        "environment": [
          {
            "name": "CASTRA_IMAGE",
            "value": "etl:v1"
          }
        ],
        "image": "etl:v1"
      }
    ]
    "#);
    insta::assert_json_snapshot!(spec.run_task["overrides"]["containerOverrides"], @r#"
    [
      {
        "name": "flow",
        "command": [
          "/flows/etl",
          "flow",
          "execute",
          "flow-run"
        ],
        "environment": [
          {
            "name": "CASTRA_LOG_LEVEL",
            "value": "INFO"
          },
          {
            "name": "A",
            "value": "b"
          },
          {
            "name": "CASTRA_SEND_LOGS",
            "value": "true"
          },
          {
            "name": "CASTRA_API",
            "value": "http://castra:4200"
          },
          {
            "name": "CASTRA_API_KEY",
            "value": "castra_3_s3cret"
          },
          {
            "name": "CASTRA_TENANT_ID",
            "value": "00000000-0000-0000-0000-000000000004"
          },
          {
            "name": "CASTRA_AGENT_LABELS",
            "value": "[\"aws\"]"
          },
          {
            "name": "CASTRA_FLOW_RUN_ID",
            "value": "00000000-0000-0000-0000-000000000001"
          },
          {
            "name": "CASTRA_FLOW_ID",
            "value": "00000000-0000-0000-0000-000000000002"
          }
        ]
      }
    ]
    "#);
    assert!(!format!("{spec:?}").contains("s3cret"));
}

#[test]
fn the_flow_is_put_into_the_task_definition_and_all_else_stays() {
    let definition = json!({
        "family": "mine", "cpu": 512, "memory": "1 GB", "unknown": { "kept": [1.5, null] },
        "tags": [{ "key": "team", "value": "data" }],
        "requiresCompatibilities": ["EC2"],
        "executionRoleArn": "arn:own",
        "containerDefinitions": [
            { "name": "sidecar", "image": "proxy" },
            { "name": "flow", "image": "own:v1", "essential": true,
              "environment": [{ "name": "A", "value": "b" }, { "name": "PREFECT__CONTEXT__IMAGE", "value": "x" }] },
        ],
    });
    let order = order(json!({ "task_definition": definition, "execution_role_arn": "arn:run" }));
    insta::assert_json_snapshot!(registered(&order), @r#"
    {
      "family": "prefect-daily-etl-00000000-0000-0000-0000-000000000001",
      "cpu": "512",
      "memory": "1 GB",
      "unknown": {
        "kept": [
          1.5,
          null
        ]
      },
      "tags": [
        {
          "key": "team",
          "value": "data"
        },
        {
          "key": "prefect:flow-id",
          "value": "00000000-0000-0000-0000-000000000002"
        },
        {
          "key": "prefect:flow-version",
          "value": "7"
        }
      ],
      "requiresCompatibilities": [
        "EC2"
      ],
      "executionRoleArn": "arn:own",
      "containerDefinitions": [
        {
          "name": "sidecar",
          "image": "proxy"
        },
        {
          "name": "flow",
          "image": "own:v1",
          "essential": true,
          "environment": [
            {
              "name": "PREFECT__CONTEXT__IMAGE",
              "value": "own:v1"
            },
            {
              "name": "A",
              "value": "b"
            }
          ]
        }
      ]
    }
    "#);
}

#[test]
fn the_image_is_that_of_docker_storage_then_the_run_configs_then_the_task_definitions() {
    let definition = json!({ "containerDefinitions": [{ "name": "flow", "image": "definition" }] });
    let image = |storage: Value, run_config: Value| {
        let definition = registered(&order_of("1.4.1", storage, run_config));
        definition["containerDefinitions"][0]["image"].as_str().unwrap().to_owned()
    };
    let s3 = || json!({ "type": "S3", "bucket": "flows" });
    let both = json!({ "type": "ECSRun", "labels": [], "image": "run", "task_definition": definition });
    assert_eq!(image(docker_storage(), both.clone()), "registry.example/etl:v1");
    assert_eq!(image(s3(), both), "run");
    assert_eq!(
        image(s3(), json!({ "type": "ECSRun", "labels": [], "task_definition": definition })),
        "definition"
    );
    assert_eq!(image(s3(), json!({ "type": "UniversalRun", "labels": [] })), "prefecthq/prefect:1.4.1");
}

#[test]
fn cpu_and_memory_in_units_or_with_them_reach_aws_as_they_were_written() {
    let sized = order(json!({ "cpu": "2 vcpu", "memory": "4 GB" }));
    let overrides = &run_task(&sized, &EcsConfig::default())["overrides"];
    assert_eq!((&overrides["cpu"], &overrides["memory"]), (&json!("2 vcpu"), &json!("4 GB")));

    let in_kwargs =
        order(json!({ "cpu": "256", "run_task_kwargs": { "overrides": { "cpu": 1, "memory": 512 } } }));
    let overrides = &run_task(&in_kwargs, &EcsConfig::default())["overrides"];
    assert_eq!((&overrides["cpu"], &overrides["memory"]), (&json!("256"), &json!("512")));
}

#[test]
fn a_role_is_the_run_configs_then_the_task_definitions_then_the_agents() {
    let agent = EcsConfig {
        task_role_arn: Some("arn:agent-task".to_owned()),
        execution_role_arn: Some("arn:agent-execution".to_owned()),
        ..EcsConfig::default()
    };
    let roles = |fields: Value| {
        let overrides = run_task(&order(fields), &agent)["overrides"].clone();
        [overrides["taskRoleArn"].clone(), overrides["executionRoleArn"].clone()]
    };
    let definition = json!({ "taskRoleArn": "arn:own-task", "executionRoleArn": "arn:own-execution" });
    let run = json!({
        "task_definition": definition, "task_role_arn": "arn:run-task", "execution_role_arn": "arn:run-execution",
    });
    assert_eq!(roles(run), ["arn:run-task", "arn:run-execution"]);
    assert_eq!(roles(json!({ "task_definition": definition })), ["arn:own-task", "arn:own-execution"]);
    assert_eq!(roles(json!({})), ["arn:agent-task", "arn:agent-execution"]);
}

#[test]
fn the_run_config_beats_the_agents_options_which_beat_its_file() {
    let agent = EcsConfig {
        cluster: Some("option".to_owned()),
        launch_type: Some("ec2".to_owned()),
        run_task_kwargs: kwargs(json!({ "cluster": "file", "launchType": "FARGATE", "group": "file" })),
        ..EcsConfig::default()
    };
    insta::assert_json_snapshot!(run_task(&order(json!({})), &agent), @r#"
    {
      "cluster": "option",
      "launchType": "EC2",
      "group": "file",
      "overrides": {
        "containerOverrides": [
          {
            "name": "flow",
            "command": [
              "/bin/sh",
              "-c",
              "prefect execute flow-run"
            ]
          }
        ]
      }
    }
    "#);
    let run = json!({ "run_task_kwargs": {
        "cluster": "run", "capacityProviderStrategy": [{ "capacityProvider": "FARGATE_SPOT" }], "count": 1,
        "overrides": { "ephemeralStorage": { "sizeInGiB": 30 }, "containerOverrides": [{ "name": "flow", "cpu": 1 }] },
    } });
    insta::assert_json_snapshot!(run_task(&order(run), &agent), @r#"
    {
      "cluster": "run",
      "group": "file",
      "capacityProviderStrategy": [
        {
          "capacityProvider": "FARGATE_SPOT"
        }
      ],
      "count": 1,
      "overrides": {
        "ephemeralStorage": {
          "sizeInGiB": 30
        },
        "containerOverrides": [
          {
            "name": "flow",
            "cpu": 1,
            "command": [
              "/bin/sh",
              "-c",
              "prefect execute flow-run"
            ]
          }
        ]
      }
    }
    "#);
}

#[test]
fn a_registered_task_definition_is_run_as_it_is() {
    let arn = order(json!({ "task_definition_arn": "etl:3", "env": { "A": "b" } }));
    let asked = lookups(&arn, &EcsConfig::default()).unwrap();
    assert_eq!(asked.task_definition, Some(TaskDefinitionLookup::Describe { arn: "etl:3".to_owned() }));
    let described = json!({ "taskRoleArn": "arn:own", "revision": 3 });
    let found = EcsFound { task_definition: Some(described), ..found() };
    let spec = render(&arn, &flow_runs(), &EcsConfig::default(), &found).unwrap();
    assert_eq!(spec.register_task_definition, None);
    assert_eq!(spec.run_task["taskDefinition"], "etl:3");
    assert_eq!(spec.run_task["overrides"]["taskRoleArn"], "arn:own");
}

#[test]
fn what_a_path_names_is_looked_up_first() {
    let asked = |path: &str| {
        let order = order(json!({ "task_definition_path": path }));
        lookups(&order, &EcsConfig::default()).unwrap().task_definition
    };
    for path in ["s3://bucket/definition.yaml", "agent:///etc/definition.yaml", "/etc/definition.yaml"] {
        assert_eq!(asked(path), Some(TaskDefinitionLookup::Read { path: path.to_owned() }));
    }
    let read = |path: &str, content: Value| {
        let order = order(json!({ "task_definition_path": path }));
        let found = EcsFound { task_definition: Some(content), ..found() };
        render(&order, &flow_runs(), &EcsConfig::default(), &found)
    };
    let spec = read("s3://bucket/definition.yaml", json!({ "cpu": 256 })).unwrap();
    assert_eq!(spec.register_task_definition.unwrap()["cpu"], "256");
    let spec = read("/etc/definition.yaml", Value::Null).unwrap();
    assert_eq!(spec.register_task_definition.unwrap()["cpu"], "1024");
    insta::assert_snapshot!(read("s3://bucket/definition.yaml", Value::Null).unwrap_err(), @"nothing can be made of its template: the task definition is null, and it has to be an object");
}

#[test]
fn the_network_is_looked_up_only_where_nobody_configured_it() {
    let infers =
        |fields: Value, config: &EcsConfig| lookups(&order(fields), config).unwrap().network_configuration;
    let own = json!({ "run_task_kwargs": { "networkConfiguration": { "awsvpcConfiguration": { "subnets": ["a"] } } } });
    assert!(infers(json!({}), &EcsConfig::default()));
    assert!(!infers(own, &EcsConfig::default()));
    assert!(!infers(json!({}), &EcsConfig { launch_type: Some("EC2".to_owned()), ..EcsConfig::default() }));
    let nothing = EcsFound::default();
    let error = render(&order(json!({})), &flow_runs(), &EcsConfig::default(), &nothing).unwrap_err();
    assert_eq!(error, RenderError::NoNetworkConfiguration);
}

#[test]
fn what_cannot_be_launched_is_refused_with_the_reason() {
    let arn = json!({ "type": "ECSRun", "labels": [], "task_definition_arn": "etl:3" });
    insta::assert_snapshot!(refused(&order_of("1.4.1", docker_storage(), arn)), @"its run config names a registered task definition (task_definition_arn), which has its own image, and its flow is in Docker storage, in the image registry.example/etl:v1: give the task definition itself (task_definition), or register the flow with another storage");
    insta::assert_snapshot!(refused(&order(json!({ "task_definition_arn": "etl:3", "image": "etl" }))), @"its run config cannot be read: ECSRun: `task_definition_arn` and `image` exclude each other: a registered task definition already has its image; drop `image`, or give a task definition");
    insta::assert_snapshot!(refused(&order(json!({ "task_definition_arn": "etl:3" }))), @"the task definition etl:3 is not known: it was not looked up");
    insta::assert_snapshot!(refused(&order(json!({ "run_task_kwargs": { "taskDefinition": "etl" } }))), @"run_task_kwargs cannot hold `taskDefinition`: name it with `task_definition_arn` in the run config");
    insta::assert_snapshot!(refused(&order(json!({ "task_definition": ["flow"] }))), @"nothing can be made of its template: the task definition is a list, and it has to be an object");
    insta::assert_snapshot!(refused(&order(json!({ "task_definition": { "tags": null } }))), @"nothing can be made of its template: `tags` of the task definition is null, and it has to be a list");
    let containers =
        |containers: Value| order(json!({ "task_definition": { "containerDefinitions": containers } }));
    insta::assert_snapshot!(refused(&containers(json!(["flow"]))), @"nothing can be made of its template: `containerDefinitions[0]` of the task definition is text, and it has to be an object");
    insta::assert_snapshot!(refused(&containers(json!([{ "name": "flow", "image": 1 }]))), @"nothing can be made of its template: `containerDefinitions[0].image` of the task definition is a number, and it has to be text");
    insta::assert_snapshot!(refused(&containers(json!([{ "name": "flow", "environment": [{ "value": 1 }] }]))), @"nothing can be made of its template: `containerDefinitions[0].environment[0].name` of the task definition is missing");
}

#[test]
fn nobody_turns_on_the_logs_that_the_agent_turned_off() {
    let order = order(json!({ "env": { "PREFECT__CLOUD__SEND_FLOW_RUN_LOGS": "true" } }));
    let flow_runs = FlowRunConfig { send_logs: false, ..flow_runs() };
    let spec = render(&order, &flow_runs, &EcsConfig::default(), &found()).unwrap();
    let environment = &spec.run_task["overrides"]["containerOverrides"][0]["environment"];
    let switch = json!({ "name": "PREFECT__CLOUD__SEND_FLOW_RUN_LOGS", "value": "false" });
    assert!(environment.as_array().unwrap().contains(&switch));
}

#[test]
fn what_people_set_themselves_is_not_marked_over() {
    let own = json!({ "run_task_kwargs": { "startedBy": "me", "tags": [{ "key": "a", "value": "b" }] } });
    let run_task = rendered(&order(own), &EcsConfig::default()).run_task;
    assert_eq!(run_task["startedBy"], "me");
    assert_eq!(run_task["clientToken"], Uuid::from_u128(3).to_string());
    let mark = json!({ "key": "castra.dev/launch-id", "value": Uuid::from_u128(3) });
    assert_eq!(run_task["tags"], json!([{ "key": "a", "value": "b" }, mark]));
}

#[test]
fn the_credential_may_be_a_parameter_that_only_its_task_definition_names() {
    let containers = json!([{
        "name": "flow",
        "environment": [{ "name": "A", "value": "1" }, { "name": "PREFECT__CLOUD__API_KEY", "value": "old" }],
        "secrets": [{ "name": "DB", "valueFrom": "db" }, { "name": "PREFECT__CLOUD__API_KEY", "valueFrom": "old" }],
    }]);
    let order = order(json!({ "task_definition": { "containerDefinitions": containers } }));
    let order = Order { credential: Some(Credential::new("castra_3_s3cret")), ..order };
    let config =
        EcsConfig { credential_parameters: Some("/castra/keys/".to_owned()), ..EcsConfig::default() };
    let spec = rendered(&order, &config);

    let name = format!("/castra/keys/{}", Uuid::from_u128(3));
    let container = &spec.register_task_definition.as_ref().unwrap()["containerDefinitions"][0];
    let secret = |variable: &str, from: &str| json!({ "name": variable, "valueFrom": from });
    let secrets = [
        secret("DB", "db"),
        secret("PREFECT__CLOUD__API_KEY", &name),
        secret("PREFECT__CLOUD__AUTH_TOKEN", &name),
    ];
    assert_eq!(container["secrets"], json!(secrets));
    let variables = container["environment"].as_array().unwrap().iter().map(|variable| &variable["name"]);
    assert_eq!(variables.collect::<Vec<_>>(), ["PREFECT__CONTEXT__IMAGE", "A"]);
    assert!(!json!([spec.register_task_definition, spec.run_task]).to_string().contains("castra_3_s3cret"));
    let parameter = spec.put_parameter.unwrap();
    assert_eq!((&parameter["Name"], &parameter["Type"]), (&json!(name), &json!("SecureString")));
    assert_eq!(parameter["Value"], "castra_3_s3cret");
}
