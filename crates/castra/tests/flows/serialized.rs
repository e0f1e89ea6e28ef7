//! What is registered: read by the real client of Prefect 1 too.

use std::time::Duration;

use castra::{Amount, Executable, Flow, LocalRun, Trigger, flatten};
use serde_json::{Value, json};

fn flow() -> Flow {
    let executable = Executable { path: "/bin/flows".into(), arguments: vec![], flow: "etl".into() };
    let mut flow = Flow::new("etl").run_config(LocalRun::new().label("dev")).storage(executable);
    let lists = flow.parameter("lists").default([[1, 2]]);
    let double = async |n: u64| anyhow::Ok(2 * n);
    let doubled = flow.task("double", double).retries(3, Duration::from_secs(10)).map(flatten(lists));
    flow.task("done", async || anyhow::Ok(()))
        .timeout(Duration::from_millis(1500))
        .trigger(Trigger::SomeSuccessful { at_least: Amount::Count(2) })
        .tag("slow")
        .after(doubled)
        .call(());
    flow
}

fn field(task: &Value, name: &str) -> Value {
    task[name].clone()
}

#[test]
fn a_flow_on_this_machines_disk_has_its_name_among_the_labels() {
    let labels = |flow: Flow| flow.serialize().unwrap().run_config["labels"].clone();
    let hostname = nix::unistd::gethostname().unwrap().into_string().unwrap();
    let expected: std::collections::BTreeSet<_> = ["dev".to_owned(), hostname].into();
    assert_eq!(labels(flow()), json!(expected));
    assert_eq!(labels(flow().hostname_label(false)), json!(["dev"]));
}

#[test]
fn tasks_edges_and_parameters_have_the_form_of_prefect_1() {
    let wire = flow().serialize().unwrap().to_json();
    assert_eq!(wire["__version__"], concat!("castra/", env!("CARGO_PKG_VERSION")));
    assert_eq!(wire["storage"]["path"], "/bin/flows");
    assert_eq!(wire["parameters"][0]["default"], json!([[1, 2]]));
    let tasks = wire["tasks"].as_array().unwrap();
    let told = |name| tasks.iter().map(|task| field(task, name)).collect::<Value>();
    assert_eq!(told("slug"), json!(["lists", "double-1", "done-1"]));
    assert_eq!(told("max_retries"), json!([0, 3, 0]));
    assert_eq!(told("retry_delay"), json!([null, 10, null]));
    assert_eq!(told("timeout"), json!([null, null, 2]));
    let trigger = json!({"fn": "prefect.triggers.some_successful", "kwargs": {"at_least": 2}});
    assert_eq!(tasks[2]["trigger"], trigger);
    let edges = wire["edges"].as_array().unwrap();
    let told = |name| edges.iter().map(|edge| field(edge, name)).collect::<Value>();
    assert_eq!((told("key"), told("mapped")), (json!(["argument_1", null]), json!([true, false])));
    assert_eq!(told("flattened"), json!([true, false]));
}

#[test]
fn a_flow_that_did_not_change_says_the_same() {
    assert_eq!(flow().serialize().unwrap(), flow().serialize().unwrap());
}
