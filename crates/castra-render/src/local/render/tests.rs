//! What a local process is given, by example, and its environment by a model of the layers.

use castra_core::claim::ClaimedFlowRun;
use castra_core::credential::Credential;
use proptest::prelude::*;
use serde_json::json;
use uuid::Uuid;

use super::*;

const PREFECT_FLOW: &str = "1.4.1";

/// A run of a flow with this storage and run config.
fn order(core_version: &str, storage: Value, run_config: Value) -> Order {
    let flow_run: ClaimedFlowRun = serde_json::from_value(json!({
        "id": Uuid::from_u128(1),
        "run_config": run_config,
        "flow": { "id": Uuid::from_u128(2), "storage": storage, "core_version": core_version },
    }))
    .unwrap();
    Order { launch_id: Uuid::from_u128(3), flow_run, credential: None, tenant_id: Some(Uuid::from_u128(4)) }
}

fn local_storage() -> Value {
    json!({ "type": "Local", "directory": "/flows", "flows": {}, "stored_as_script": false })
}

fn surroundings(environment: &[(&str, &str)]) -> Surroundings {
    let own = |&(name, value): &(&str, &str)| (name.to_owned(), value.to_owned());
    Surroundings {
        current_directory: "/agent".to_owned(),
        environment: environment.iter().map(own).collect(),
    }
}

fn flow_runs() -> FlowRunConfig {
    FlowRunConfig {
        labels: vec!["dev".to_owned(), "it's".to_owned()],
        ..FlowRunConfig::new("http://castra:4200")
    }
}

fn rendered(order: &Order, surroundings: &Surroundings) -> LocalSpec {
    render(order, &flow_runs(), &LocalConfig::new("/usr/bin/python3"), surroundings).unwrap()
}

/// A spec as a person reads it.
fn shown(spec: &LocalSpec) -> String {
    let env = spec.env.iter().map(|(name, value)| match value {
        Some(value) => format!("{name}={value}"),
        None => format!("{name} taken out"),
    });
    let directory = spec.working_dir.as_deref().unwrap_or("the agent's own");
    let lines = [spec.command.join(" "), format!("in {directory}")].into_iter().chain(env);
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_prefect_flow_with_the_defaults() {
    let spec = rendered(&order(PREFECT_FLOW, local_storage(), Value::Null), &surroundings(&[]));
    insta::assert_snapshot!(shown(&spec), @r#"
    /usr/bin/python3 -m prefect execute flow-run
    in the agent's own
    PREFECT__BACKEND=server
    PREFECT__CLOUD__AGENT__LABELS=['dev', "it's"]
    PREFECT__CLOUD__API=http://castra:4200
    PREFECT__CLOUD__SEND_FLOW_RUN_LOGS=true
    PREFECT__CLOUD__USE_LOCAL_SECRETS=false
    PREFECT__CONTEXT__FLOW_ID=00000000-0000-0000-0000-000000000002
    PREFECT__CONTEXT__FLOW_RUN_ID=00000000-0000-0000-0000-000000000001
    PREFECT__ENGINE__FLOW_RUNNER__DEFAULT_CLASS=prefect.engine.cloud.CloudFlowRunner
    PREFECT__LOGGING__LEVEL=INFO
    PYTHONPATH=/agent
    "#);
}

#[test]
fn a_prefect_flow_with_a_local_run_and_a_credential() {
    let run_config = json!({ "type": "LocalRun", "labels": [], "working_dir": "work", "env": { "A": "b", "HOME": null, "N": 1 } });
    let mut order = order(PREFECT_FLOW, local_storage(), run_config);
    order.credential = Some(Credential::new("castra_3_s3cret"));
    let inherited = [("PYTHONPATH", "/lib/python"), ("CASTRA_API_KEY", "the agent's own"), ("HOME", "/root")];
    insta::assert_snapshot!(shown(&rendered(&order, &surroundings(&inherited))), @r#"
    /usr/bin/python3 -m prefect execute flow-run
    in /agent/work
    A=b
    CASTRA_API_KEY taken out
    HOME taken out
    N=1
    PREFECT__BACKEND=server
    PREFECT__CLOUD__AGENT__LABELS=['dev', "it's"]
    PREFECT__CLOUD__API=http://castra:4200
    PREFECT__CLOUD__API_KEY=castra_3_s3cret
    PREFECT__CLOUD__SEND_FLOW_RUN_LOGS=true
    PREFECT__CLOUD__TENANT_ID=00000000-0000-0000-0000-000000000004
    PREFECT__CLOUD__USE_LOCAL_SECRETS=false
    PREFECT__CONTEXT__FLOW_ID=00000000-0000-0000-0000-000000000002
    PREFECT__CONTEXT__FLOW_RUN_ID=00000000-0000-0000-0000-000000000001
    PREFECT__ENGINE__FLOW_RUNNER__DEFAULT_CLASS=prefect.engine.cloud.CloudFlowRunner
    PREFECT__LOGGING__LEVEL=INFO
    PYTHONPATH=/agent/work:/lib/python
    "#);
}

#[test]
fn a_castra_flow() {
    let storage = json!({ "type": "Executable", "path": "/flows/etl", "arguments": ["flow"], "flow": "etl" });
    let mut order =
        order("castra/0.1.0", storage, json!({ "type": "UniversalRun", "labels": [], "env": { "A": "b" } }));
    order.credential = Some(Credential::new("castra_3_s3cret"));
    insta::assert_snapshot!(shown(&rendered(&order, &surroundings(&[]))), @r#"
    /flows/etl flow execute flow-run
    in the agent's own
    A=b
    CASTRA_AGENT_LABELS=["dev","it's"]
    CASTRA_API=http://castra:4200
    CASTRA_API_KEY=castra_3_s3cret
    CASTRA_FLOW_ID=00000000-0000-0000-0000-000000000002
    CASTRA_FLOW_RUN_ID=00000000-0000-0000-0000-000000000001
    CASTRA_LOG_LEVEL=INFO
    CASTRA_SEND_LOGS=true
    CASTRA_TENANT_ID=00000000-0000-0000-0000-000000000004
    "#);
}

#[test]
fn a_rendered_process_can_be_logged() {
    let mut order = order(PREFECT_FLOW, local_storage(), Value::Null);
    order.credential = Some(Credential::new("castra_3_s3cret"));
    let logged = format!("{:?} {order:?}", rendered(&order, &surroundings(&[])));
    assert!(!logged.contains("s3cret"), "{logged}");
}

#[test]
fn nobody_turns_on_the_logs_that_the_agent_turned_off() {
    let run_config =
        json!({ "type": "LocalRun", "labels": [], "env": { "PREFECT__CLOUD__SEND_FLOW_RUN_LOGS": "true" } });
    let order = order(PREFECT_FLOW, local_storage(), run_config);
    let flow_runs = FlowRunConfig { send_logs: false, ..flow_runs() };
    let spec = render(&order, &flow_runs, &LocalConfig::new("python3"), &surroundings(&[])).unwrap();
    assert_eq!(spec.env["PREFECT__CLOUD__SEND_FLOW_RUN_LOGS"].as_deref(), Some("false"));
}

/// Variables of few names, so that layers meet.
fn any_env() -> impl Strategy<Value = BTreeMap<String, String>> {
    let names = prop_oneof!["[A-C]", Just("PREFECT__CLOUD__API".to_owned()), Just("PYTHONPATH".to_owned())];
    prop::collection::btree_map(names, "[a-z]{0,3}", 0..5)
}

proptest! {
    /// What the process sees is, per variable, the last layer that names it: required, run config, agent, inherited.
    #[test]
    fn the_last_layer_wins(
        inherited in any_env(),
        agent in any_env(),
        run in prop::collection::btree_map("[A-C]|PREFECT__CLOUD__API", prop::option::of("[a-z]{0,3}"), 0..5),
    ) {
        let run_config = json!({ "type": "LocalRun", "labels": [], "env": run });
        let order = order(PREFECT_FLOW, local_storage(), run_config);
        let surroundings = Surroundings { environment: inherited.clone(), ..surroundings(&[]) };
        let flow_runs = FlowRunConfig { env: agent.clone().into_iter().collect(), ..flow_runs() };
        let spec = render(&order, &flow_runs, &LocalConfig::new("python3"), &surroundings).unwrap();
        let seen = |name: &str| match spec.env.get(name) {
            Some(decided) => decided.clone(),
            None => inherited.get(name).cloned(),
        };

        prop_assert_eq!(seen("PREFECT__CLOUD__API"), Some("http://castra:4200".to_owned()));
        for name in ["A", "B", "C"] {
            let layered = run.get(name).cloned().or_else(|| agent.get(name).cloned().map(Some));
            prop_assert_eq!(seen(name), layered.unwrap_or_else(|| inherited.get(name).cloned()));
        }
        if !agent.contains_key("PYTHONPATH") {
            let own = inherited.get("PYTHONPATH").filter(|path| !path.is_empty());
            let expected = own.map_or("/agent".to_owned(), |path| format!("/agent:{path}"));
            prop_assert_eq!(seen("PYTHONPATH"), Some(expected));
        }
    }
}
