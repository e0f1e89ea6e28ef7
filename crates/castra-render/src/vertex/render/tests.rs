//! What Google is asked for, by example.

use castra_core::claim::ClaimedFlowRun;
use castra_core::credential::Credential;
use uuid::Uuid;

use super::*;

/// A run of a flow with this storage and run config.
fn order_of(core_version: &str, storage: Value, run_config: Value) -> Order {
    let flow_run: ClaimedFlowRun = serde_json::from_value(json!({
        "id": Uuid::from_u128(1),
        "name": "neat-crow",
        "run_config": run_config,
        "flow": { "id": Uuid::from_u128(2), "name": "Daily ETL", "storage": storage, "core_version": core_version },
    }))
    .unwrap();
    Order { launch_id: Uuid::from_u128(3), flow_run, credential: None, tenant_id: Some(Uuid::from_u128(4)) }
}

/// A run of a Prefect flow with these fields of a VertexRun.
fn order(fields: Value) -> Order {
    let mut run_config = json!({ "type": "VertexRun", "labels": [] });
    run_config.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    order_of("1.4.1", json!({ "type": "GCS", "bucket": "flows" }), run_config)
}

fn flow_runs() -> FlowRunConfig {
    FlowRunConfig { labels: vec!["gcp".to_owned()], ..FlowRunConfig::new("http://castra:4200") }
}

fn rendered(order: &Order) -> VertexSpec {
    render(order, &flow_runs(), &VertexConfig::default()).unwrap()
}

/// The job's specification without the flow's container, which has tests of its own.
fn job_spec_of(order: &Order, config: &VertexConfig) -> Value {
    let mut job_spec = Value::from(render(order, &flow_runs(), config).unwrap().job_spec);
    let container = job_spec["worker_pool_specs"][0].as_object_mut().unwrap().remove("container_spec");
    assert!(container.is_some());
    job_spec
}

fn refused(order: &Order) -> RenderError {
    render(order, &flow_runs(), &VertexConfig::default()).unwrap_err()
}

#[test]
fn a_prefect_flow_with_the_defaults() {
    insta::assert_json_snapshot!(rendered(&order(json!({}))).to_json(), @r#"
    {
      "display_name": "daily-etl-neat-crow",
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
                  "name": "PREFECT__CLOUD__SEND_FLOW_RUN_LOGS",
                  "value": "true"
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
        "service_account": null
      },
      "labels": {
        "castra-launch-id": "00000000-0000-0000-0000-000000000003"
      }
    }
    "#);
}

#[test]
fn a_castra_flow() {
    let storage = json!({ "type": "Executable", "path": "/flows/etl", "arguments": ["flow"], "flow": "etl" });
    let run_config = json!({ "type": "VertexRun", "labels": [], "image": "etl:v1", "env": { "A": "b" } });
    let mut order = order_of("castra/0.1.0", storage, run_config);
    order.credential = Some(Credential::new("castra_3_s3cret"));
    let spec = rendered(&order);
    insta::assert_json_snapshot!(spec.job_spec["worker_pool_specs"][0]["container_spec"], @r#"
    {
      "image_uri": "etl:v1",
      "command": [
        "/flows/etl",
        "flow",
        "execute",
        "flow-run"
      ],
      "args": [],
      "env": [
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
          "value": "[\"gcp\"]"
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
    "#);
    assert!(!format!("{spec:?}").contains("s3cret"));
}

#[test]
fn machine_account_network_and_scheduling() {
    let own = order(json!({
        "machine_type": "e2-highmem-16",
        "service_account": "run@project.iam.gserviceaccount.com",
        "network": "my-network",
        "scheduling": { "timeout": "3600s", "unknown": true },
    }));
    insta::assert_json_snapshot!(job_spec_of(&own, &VertexConfig::default()), @r#"
    {
      "worker_pool_specs": [
        {
          "machine_spec": {
            "machine_type": "e2-highmem-16"
          },
          "replica_count": 1
        }
      ],
      "service_account": "run@project.iam.gserviceaccount.com",
      "network": "my-network",
      "scheduling": {
        "timeout": "3600s",
        "unknown": true
      }
    }
    "#);
}

#[test]
fn the_run_configs_service_account_beats_the_agents() {
    let agent = VertexConfig { service_account: Some("agent".to_owned()), ..VertexConfig::default() };
    let account = |fields: Value| job_spec_of(&order(fields), &agent)["service_account"].clone();
    assert_eq!(account(json!({})), "agent");
    assert_eq!(account(json!({ "service_account": "run" })), "run");
    assert_eq!(account(json!({ "service_account": "" })), "");
}

#[test]
fn the_flow_runs_in_the_first_pool_and_the_others_stay_as_they_are() {
    let pools = json!([
        { "machine_spec": { "machine_type": "e2-standard-4" }, "replica_count": 1, "container_spec": { "image_uri": "x" } },
        { "replica_count": 3, "container_spec": { "image_uri": "mine" }, "unknown": [null] },
        {},
    ]);
    let order = order(json!({ "worker_pool_specs": pools, "machine_type": "ignored" }));
    insta::assert_json_snapshot!(job_spec_of(&order, &VertexConfig::default())["worker_pool_specs"], @r#"
    [
      {
        "machine_spec": {
          "machine_type": "e2-standard-4"
        },
        "replica_count": 1
      },
      {
        "replica_count": 3,
        "container_spec": {
          "image_uri": "mine"
        },
        "unknown": [
          null
        ]
      },
      {}
    ]
    "#);
    assert_eq!(
        rendered(&order).job_spec["worker_pool_specs"][0]["container_spec"]["image_uri"],
        "prefecthq/prefect:1.4.1"
    );
}

#[test]
fn the_image_is_that_of_docker_storage_then_the_run_configs_then_prefects() {
    let image = |storage: Value, run_config: Value| {
        let spec = rendered(&order_of("1.4.1+3.g1234", storage, run_config));
        spec.job_spec["worker_pool_specs"][0]["container_spec"]["image_uri"].clone()
    };
    let docker = json!({ "type": "Docker", "registry_url": "registry.example", "image_name": "etl", "image_tag": "v1" });
    let gcs = || json!({ "type": "GCS", "bucket": "flows" });
    let run = json!({ "type": "VertexRun", "labels": [], "image": "run" });
    assert_eq!(image(docker, run.clone()), "registry.example/etl:v1");
    assert_eq!(image(gcs(), run), "run");
    assert_eq!(image(gcs(), Value::Null), "prefecthq/prefect:1.4.1");
}

#[test]
fn a_universal_run_keeps_its_variables() {
    let order = order_of(
        "1.4.1",
        json!({ "type": "GCS", "bucket": "flows" }),
        json!({ "type": "UniversalRun", "labels": [], "env": { "A": "b" } }),
    );
    let spec = rendered(&order);
    let env = spec.job_spec["worker_pool_specs"][0]["container_spec"]["env"].as_array().unwrap();
    assert!(env.contains(&json!({ "name": "A", "value": "b" })));
}

#[test]
fn what_cannot_be_launched_is_refused_with_the_reason() {
    insta::assert_snapshot!(refused(&order(json!({ "worker_pool_specs": [] }))), @"its run config's `worker_pool_specs` is empty: leave it out, or describe the pool that the flow runs in");
    insta::assert_snapshot!(refused(&order(json!({ "worker_pool_specs": [null] }))), @"nothing can be made of its template: the first of the worker_pool_specs is null, and it has to be an object");
    let kubernetes = json!({ "type": "KubernetesRun", "labels": [] });
    insta::assert_snapshot!(refused(&order_of("1.4.1", json!({ "type": "GCS", "bucket": "flows" }), kubernetes)), @"the vertex agent takes VertexRun or UniversalRun, not KubernetesRun");
}

#[test]
fn a_job_is_created_under_its_project_and_region() {
    let config = VertexConfig { region_name: "europe-west4".to_owned(), ..VertexConfig::default() };
    assert_eq!(config.parent("my-project"), "projects/my-project/locations/europe-west4");
}
