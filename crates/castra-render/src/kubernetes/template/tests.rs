//! Which template a run is rendered with.

use castra_core::claim::ClaimedFlowRun;
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

fn agent_with(path: &str) -> KubernetesConfig {
    KubernetesConfig { job_template_path: Some(path.to_owned()), ..KubernetesConfig::default() }
}

#[test]
fn the_run_configs_comes_before_the_agents_and_that_before_the_built_in_one() {
    let source =
        |run_config: Value, config: &KubernetesConfig| template_source(&order(&run_config), config).unwrap();
    let (agent, job) = (agent_with("s3://bucket/agent"), json!({ "kind": "Job" }));
    assert_eq!(source(kubernetes_run("job_template", job.clone()), &agent), TemplateSource::Inline(job));
    let by_path = kubernetes_run("job_template_path", "s3://bucket/run");
    assert_eq!(source(by_path, &agent), TemplateSource::RunConfig("s3://bucket/run".to_owned()));
    let of_agent = TemplateSource::Agent("s3://bucket/agent".to_owned());
    assert_eq!(source(kubernetes_run("job_template", json!({})), &agent), of_agent);
    assert_eq!(source(json!(null), &agent), of_agent);
    assert_eq!(source(json!(null), &agent_with("")), TemplateSource::BuiltIn);
    assert_eq!(source(json!(null), &KubernetesConfig::default()), TemplateSource::BuiltIn);
}
