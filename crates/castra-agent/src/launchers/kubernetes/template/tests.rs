//! How the template of a run is read.

use castra_core::claim::ClaimedFlowRun;
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;

fn order(run_config: &Value) -> Order {
    let flow_run: ClaimedFlowRun = serde_json::from_value(json!({
        "id": Uuid::from_u128(1),
        "run_config": run_config,
        "flow": { "id": Uuid::from_u128(2) },
    }))
    .unwrap();
    Order { launch_id: Uuid::from_u128(3), flow_run, credential: None, tenant_id: None }
}

fn kubernetes_run(field: &str, value: impl Into<Value>) -> Value {
    json!({ "type": "KubernetesRun", "labels": [], field: value.into() })
}

async fn loaded(run_config: &Value, config: &KubernetesConfig) -> Template {
    load_template(&order(run_config), config, &Locations::new([])).await.unwrap()
}

#[tokio::test]
async fn an_empty_file_of_this_machine_counts_as_none_only_without_the_scheme_agent() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("empty.yaml").display().to_string();
    std::fs::write(&path, "# nothing\n").unwrap();
    let config = KubernetesConfig::default();
    let by_path = kubernetes_run("job_template_path", path.as_str());
    assert_eq!(loaded(&by_path, &config).await, Template::built_in());
    let of_agent = kubernetes_run("job_template_path", format!("agent://{path}"));
    assert_eq!(loaded(&of_agent, &config).await, Template { job: Value::Null, of_run_config: true });
}

#[tokio::test]
async fn a_template_that_cannot_be_read_is_refused_and_one_that_cannot_be_reached_is_not() {
    let load = async |path: &str| {
        let order = order(&kubernetes_run("job_template_path", path));
        load_template(&order, &KubernetesConfig::default(), &Locations::new([])).await.unwrap_err()
    };
    assert!(matches!(load("agent:///no/such/job.yaml").await, LaunchError::Refused(_)));
    // Nobody listens at the port for discarding.
    assert!(matches!(load("http://127.0.0.1:9/job.yaml").await, LaunchError::NotLaunched(_)));
}
