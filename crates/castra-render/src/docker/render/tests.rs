//! What a container is asked for, by example; against the real agent it stands in `tests/render_docker_prefect1.rs`.

use castra_core::claim::ClaimedFlowRun;
use castra_core::credential::Credential;
use uuid::Uuid;

use super::*;

/// A run of a flow with this storage and run config.
fn order(core_version: &str, storage: Value, run_config: Value) -> Order {
    let flow_run: ClaimedFlowRun = serde_json::from_value(json!({
        "id": Uuid::from_u128(1),
        "name": "sturdy-ox",
        "run_config": run_config,
        "flow": { "id": Uuid::from_u128(2), "name": "etl", "storage": storage, "core_version": core_version },
    }))
    .unwrap();
    let credential = Some(Credential::new("castra_3_s3cret"));
    Order { launch_id: Uuid::from_u128(3), flow_run, credential, tenant_id: Some(Uuid::from_u128(4)) }
}

fn prefect_order(run_config: Value) -> Order {
    order("1.4.1", json!({ "type": "Module", "module": "flows.etl" }), run_config)
}

fn rendered(order: &Order, config: &DockerConfig) -> Result<DockerSpec, String> {
    let flow_runs =
        FlowRunConfig { labels: vec!["dev".to_owned()], ..FlowRunConfig::new("http://localhost:4200") };
    render(order, &flow_runs, config).map_err(|error| error.to_string())
}

#[test]
fn a_prefect_flow_with_the_defaults() {
    let spec = rendered(&prefect_order(Value::Null), &DockerConfig::default()).unwrap();
    assert_eq!((spec.pull.as_deref(), spec.volumes.len()), (Some("prefecthq/prefect:1.4.1"), 0));
    assert_eq!((spec.create.name.as_str(), spec.connect.len()), ("sturdy-ox", 0));
    insta::assert_json_snapshot!(spec.create.body, @r#"
    {
      "Image": "prefecthq/prefect:1.4.1",
      "Cmd": [
        "prefect",
        "execute",
        "flow-run"
      ],
      "Env": [
        "PREFECT__CLOUD__API=http://host.docker.internal:4200",
        "PREFECT__LOGGING__LEVEL=INFO",
        "PREFECT__CLOUD__SEND_FLOW_RUN_LOGS=true",
        "PREFECT__BACKEND=server",
        "PREFECT__CLOUD__API_KEY=castra_3_s3cret",
        "PREFECT__CLOUD__TENANT_ID=00000000-0000-0000-0000-000000000004",
        "PREFECT__CLOUD__AGENT__LABELS=['dev']",
        "PREFECT__CONTEXT__FLOW_RUN_ID=00000000-0000-0000-0000-000000000001",
        "PREFECT__CONTEXT__FLOW_ID=00000000-0000-0000-0000-000000000002",
        "PREFECT__CONTEXT__IMAGE=prefecthq/prefect:1.4.1",
        "PREFECT__CLOUD__USE_LOCAL_SECRETS=false",
        "PREFECT__ENGINE__FLOW_RUNNER__DEFAULT_CLASS=prefect.engine.cloud.CloudFlowRunner",
        "PREFECT__LOGGING__LOG_TO_CLOUD=true",
        "PREFECT__CLOUD__AUTH_TOKEN=castra_3_s3cret"
      ],
      "Volumes": {},
      "HostConfig": {
        "NetworkMode": "default",
        "AutoRemove": true,
        "ExtraHosts": [
          "host.docker.internal:host-gateway"
        ]
      },
      "Labels": {
        "io.prefect.flow-name": "etl",
        "io.prefect.flow-id": "00000000-0000-0000-0000-000000000002",
        "io.prefect.flow-run-id": "00000000-0000-0000-0000-000000000001",
        "castra.dev/launch-id": "00000000-0000-0000-0000-000000000003"
      },
      "Tty": false,
      "OpenStdin": false,
      "StdinOnce": false,
      "AttachStdin": false,
      "AttachStdout": true,
      "AttachStderr": true,
      "NetworkDisabled": false
    }
    "#);
}

#[test]
fn a_run_config_and_the_agents_options() {
    let run_config = json!({
        "type": "DockerRun",
        "image": "registry.example/etl:1",
        "labels": [],
        "env": { "A": null, "N": 1.0, "PREFECT__CLOUD__API": "http://castra:4200" },
        "ports": [8080],
        "host_config": { "mem_limit": "1g", "auto_remove": false },
    });
    let config = DockerConfig {
        volumes: vec!["cache:/cache".to_owned()],
        networks: vec!["first".to_owned(), "second".to_owned()],
        ..DockerConfig::default()
    };
    let spec = rendered(&prefect_order(run_config), &config).unwrap();
    assert_eq!((spec.volumes, spec.connect), (vec!["cache".to_owned()], vec!["second".to_owned()]));
    let body = spec.create.body;
    assert_eq!(body["Env"][0], "PREFECT__CLOUD__API=http://castra:4200");
    assert!(body["Env"].as_array().unwrap().contains(&"A".into()));
    assert!(body["Env"].as_array().unwrap().contains(&"N=1.0".into()));
    let shown = json!([body["ExposedPorts"], body["Volumes"], body["HostConfig"], body["NetworkingConfig"]]);
    insta::assert_json_snapshot!(shown, @r#"
    [
      {
        "8080/tcp": {}
      },
      {
        "/cache": {}
      },
      {
        "NetworkMode": "default",
        "Binds": [
          "cache:/cache:rw"
        ],
        "ExtraHosts": [
          "host.docker.internal:host-gateway"
        ],
        "Memory": 1073741824
      },
      {
        "EndpointsConfig": {
          "first": {}
        }
      }
    ]
    "#);
}

#[test]
fn a_castra_flow_is_told_by_castras_names() {
    let storage = json!({ "type": "Executable", "path": "/flows/etl", "arguments": ["flow"], "flow": "etl" });
    let run_config = json!({ "type": "DockerRun", "image": "etl", "labels": [] });
    let spec = rendered(&order("castra/0.1.0", storage, run_config), &DockerConfig::default()).unwrap();
    assert_eq!(spec.pull, None);
    insta::assert_json_snapshot!(spec.create.body["Cmd"], @r#"
    [
      "/flows/etl",
      "flow",
      "execute",
      "flow-run"
    ]
    "#);
    insta::assert_json_snapshot!(spec.create.body["Env"], @r#"
    [
      "CASTRA_API=http://host.docker.internal:4200",
      "CASTRA_LOG_LEVEL=INFO",
      "CASTRA_SEND_LOGS=true",
      "CASTRA_API_KEY=castra_3_s3cret",
      "CASTRA_TENANT_ID=00000000-0000-0000-0000-000000000004",
      "CASTRA_AGENT_LABELS=[\"dev\"]",
      "CASTRA_FLOW_RUN_ID=00000000-0000-0000-0000-000000000001",
      "CASTRA_FLOW_ID=00000000-0000-0000-0000-000000000002",
      "CASTRA_IMAGE=etl"
    ]
    "#);
}

#[test]
fn the_first_network_may_be_the_hosts() {
    let config = DockerConfig { networks: vec!["host".to_owned()], ..DockerConfig::default() };
    let mode = |run_config| {
        rendered(&prefect_order(run_config), &config).unwrap().create.body["HostConfig"]["NetworkMode"]
            .clone()
    };
    assert_eq!(mode(Value::Null), "host");
    let own = json!({ "type": "DockerRun", "labels": [], "host_config": { "network_mode": null } });
    assert_eq!(mode(own), "default");
}

#[test]
fn only_allowed_registries_are_pulled_from() {
    let config =
        DockerConfig { registry_allow_list: vec!["registry.example".to_owned()], ..DockerConfig::default() };
    let image = |image| prefect_order(json!({ "type": "DockerRun", "labels": [], "image": image }));
    assert_eq!(
        rendered(&image("registry.example/etl"), &config).unwrap().pull.as_deref(),
        Some("registry.example/etl")
    );
    assert_eq!(rendered(&image("etl"), &config).unwrap().pull, None);
    insta::assert_snapshot!(rendered(&image("prefecthq/prefect:1.4.1"), &config).unwrap_err(), @"the agent pulls no images from `prefecthq`, where prefecthq/prefect:1.4.1 is: add it with --reg-allow-list, or use another image");
    let pulls_none = DockerConfig { pull: false, ..config };
    assert_eq!(rendered(&image("prefecthq/prefect:1.4.1"), &pulls_none).unwrap().pull, None);
}

#[test]
fn what_cannot_be_rendered_says_why() {
    let refused = |run_config| rendered(&prefect_order(run_config), &DockerConfig::default()).unwrap_err();
    insta::assert_snapshot!(refused(json!({ "type": "LocalRun", "labels": [] })), @"the docker agent takes DockerRun or UniversalRun, not LocalRun");
    let host_config = |options| json!({ "type": "DockerRun", "labels": [], "host_config": options });
    insta::assert_snapshot!(refused(host_config(json!({ "memory_limit": "1g" }))), @"its run config: host_config has no option `memory_limit` (did you mean `mem_limit`?)");
}

#[test]
fn a_rendered_container_can_be_logged() {
    let spec = rendered(&prefect_order(Value::Null), &DockerConfig::default()).unwrap();
    let shown = format!("{spec:?}");
    assert!(shown.contains("PREFECT__CLOUD__API_KEY") && !shown.contains("s3cret"), "{shown}");
}
