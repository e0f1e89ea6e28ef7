//! What a job is made of, by example; against Prefect's own agent it is compared in `tests/render_kubernetes_prefect1.rs`.

use castra_core::claim::ClaimedFlowRun;
use uuid::Uuid;

use super::*;

fn order(run_config: Value) -> Order {
    let flow_run: ClaimedFlowRun = serde_json::from_value(json!({
        "id": Uuid::from_u128(1),
        "run_config": run_config,
        "flow": {
            "id": Uuid::from_u128(2),
            "name": "etl",
            "storage": { "type": "Module", "module": "etl" },
            "core_version": "1.4.1",
        },
    }))
    .unwrap();
    Order { launch_id: Uuid::from_u128(3), flow_run, credential: None, tenant_id: None }
}

fn rendered(order: &Order, template: &Template) -> Result<KubernetesSpec, RenderError> {
    render(order, &FlowRunConfig::new("http://castra:4200"), &KubernetesConfig::default(), template)
}

/// The job of a run with its template in the run config.
fn of_template(job: Value) -> Result<Value, String> {
    let template = Template { job, of_run_config: true };
    rendered(&order(Value::Null), &template).map(|spec| spec.job).map_err(|error| error.to_string())
}

#[test]
fn a_run_with_the_defaults() {
    let spec = rendered(&order(Value::Null), &Template::built_in()).unwrap();
    insta::assert_json_snapshot!(spec.job, @r#"
    {
      "apiVersion": "batch/v1",
      "kind": "Job",
      "spec": {
        "template": {
          "spec": {
            "containers": [
              {
                "name": "flow",
                "image": "prefecthq/prefect:1.4.1",
                "args": [
                  "prefect",
                  "execute",
                  "flow-run"
                ],
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
                    "name": "PREFECT__CLOUD__AGENT__LABELS",
                    "value": "[]"
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
                  }
                ],
                "resources": {
                  "requests": {},
                  "limits": {}
                }
              }
            ],
            "restartPolicy": "Never"
          },
          "metadata": {
            "labels": {
              "prefect.io/identifier": "387db8bb",
              "prefect.io/flow_run_id": "00000000-0000-0000-0000-000000000001",
              "prefect.io/flow_id": "00000000-0000-0000-0000-000000000002",
              "castra.dev/launch-id": "00000000-0000-0000-0000-000000000003"
            }
          }
        }
      },
      "metadata": {
        "name": "prefect-job-387db8bb",
        "labels": {
          "prefect.io/identifier": "387db8bb",
          "prefect.io/flow_run_id": "00000000-0000-0000-0000-000000000001",
          "prefect.io/flow_id": "00000000-0000-0000-0000-000000000002",
          "castra.dev/launch-id": "00000000-0000-0000-0000-000000000003"
        }
      }
    }
    "#);
    assert_eq!(spec.secret, None);
}

#[test]
fn the_credential_is_in_a_secret_and_not_in_the_job() {
    let order = Order { credential: Some(Credential::new("castra_key")), ..order(Value::Null) };
    let spec = rendered(&order, &Template::built_in()).unwrap();
    assert!(!spec.job.to_string().contains("castra_key"));
    let env = &spec.job["spec"]["template"]["spec"]["containers"][0]["env"];
    let references: Vec<_> =
        env.as_array().unwrap().iter().filter(|variable| variable.get("valueFrom").is_some()).collect();
    insta::assert_json_snapshot!(references, @r#"
    [
      {
        "name": "PREFECT__CLOUD__API_KEY",
        "valueFrom": {
          "secretKeyRef": {
            "name": "prefect-job-387db8bb",
            "key": "credential"
          }
        }
      },
      {
        "name": "PREFECT__CLOUD__AUTH_TOKEN",
        "valueFrom": {
          "secretKeyRef": {
            "name": "prefect-job-387db8bb",
            "key": "credential"
          }
        }
      }
    ]
    "#);
    insta::assert_json_snapshot!(spec.secret, @r#"
    {
      "apiVersion": "v1",
      "kind": "Secret",
      "type": "Opaque",
      "metadata": {
        "name": "prefect-job-387db8bb",
        "labels": {
          "prefect.io/identifier": "387db8bb",
          "prefect.io/flow_run_id": "00000000-0000-0000-0000-000000000001",
          "prefect.io/flow_id": "00000000-0000-0000-0000-000000000002",
          "castra.dev/launch-id": "00000000-0000-0000-0000-000000000003"
        }
      },
      "stringData": {
        "credential": "castra_key"
      }
    }
    "#);
}

#[test]
fn a_name_is_cut_so_that_pods_can_have_it_too() {
    let job = of_template(json!({
        "metadata": { "name": "ü".repeat(60) },
        "spec": { "template": { "spec": {} } },
    }));
    assert_eq!(
        job.unwrap()["metadata"]["name"],
        format!("{}-{}", "ü".repeat(48), identifier(&order(Value::Null)))
    );
}

#[test]
fn launches_of_the_same_moment_have_different_names() {
    let one = order(Value::Null);
    let other = Order { launch_id: Uuid::from_u128(4), ..one.clone() };
    assert_ne!(identifier(&one), identifier(&other));
}

#[test]
fn what_cannot_be_gone_into_is_refused_with_its_place() {
    let templates = [
        json!(null),
        json!([]),
        json!({}),
        json!({ "metadata": null }),
        json!({ "metadata": { "name": 5 } }),
        json!({ "metadata": { "labels": [] } }),
        json!({ "spec": { "template": { "spec": null } } }),
        json!({ "spec": { "template": { "spec": { "containers": null } } } }),
        json!({ "spec": { "template": { "spec": { "containers": ["flow"] } } } }),
        json!({ "spec": { "template": { "spec": { "containers": [{ "env": null }] } } } }),
        json!({ "spec": { "template": { "spec": { "containers": [{ "env": [{}] }] } } } }),
        json!({ "spec": { "template": { "spec": { "containers": [{ "resources": 1 }] } } } }),
    ];
    let reasons: Vec<_> = templates.into_iter().map(|template| of_template(template).unwrap_err()).collect();
    insta::assert_snapshot!(reasons.join("\n"), @r#"
    nothing can be made of its template: the template itself is null, and it has to be an object
    nothing can be made of its template: the template itself is a list, and it has to be an object
    nothing can be made of its template: `spec.template.spec` is missing
    nothing can be made of its template: `metadata` is null, and it has to be an object
    nothing can be made of its template: `metadata.name` is a number, and it has to be text
    nothing can be made of its template: `metadata.labels` is a list, and it has to be an object
    nothing can be made of its template: `spec.template.spec` is null, and it has to be an object
    nothing can be made of its template: `spec.template.spec.containers` is null, and it has to be a list
    nothing can be made of its template: `spec.template.spec.containers[0]` is text, and it has to be an object
    nothing can be made of its template: `spec.template.spec.containers[0].env` is null, and it has to be a list
    nothing can be made of its template: `spec.template.spec.containers[0].env[0].name` is missing
    nothing can be made of its template: `spec.template.spec.containers[0].resources` is a number, and it has to be an object
    "#);
}
