//! How a run starts, by who registered its flow and where it is stored.

use serde_json::json;

use super::*;
use crate::run_config::KubernetesRun;

fn executable() -> Storage {
    Executable { path: "/bin/flows".into(), arguments: vec![], flow: "etl".into() }.into()
}

fn image_storage() -> Storage {
    let flows = json!({"etl": "/opt/castra/flows"});
    Storage::from_json(&json!({"type": "Docker", "image_name": "etl", "image_tag": "v1", "flows": flows}))
        .unwrap()
}

fn prefect(core_version: &str) -> FlowSource<'_> {
    FlowSource { name: "etl", core_version: Some(core_version), storage: None }
}

fn castra(storage: &Storage) -> FlowSource<'_> {
    FlowSource { name: "etl", core_version: Some("castra/0.1.0"), storage: Some(storage) }
}

#[test]
fn who_registered_the_flow_decides_the_runtime() {
    let storage = executable();
    assert_eq!(prefect("1.4.1").runtime(), Runtime::Prefect1);
    assert_eq!(prefect("castra/0.1.0").runtime(), Runtime::Castra);
    assert_eq!(FlowSource { core_version: None, ..castra(&storage) }.runtime(), Runtime::Castra);
    assert_eq!(Runtime::registered_by(None), Runtime::Prefect1);
}

#[test]
fn a_castra_flow_is_run_by_its_own_binary() {
    let storage = executable();
    let flow = castra(&storage);
    let command = ["/bin/flows", "execute", "flow-run"];
    assert_eq!(flow.process_command("python").unwrap(), command);
    assert_eq!(flow.container_command().unwrap(), command);
    assert_eq!(prefect("castra/0.1.0").container_command(), Err(RuntimeError::NoExecutable));
}

#[test]
fn a_castra_flow_in_docker_storage_is_run_by_its_binary_in_the_image() {
    let storage = image_storage();
    let flow = castra(&storage);
    assert_eq!(flow.container_command().unwrap(), ["/opt/castra/flows", "execute", "flow-run"]);
    assert_eq!(flow.image(None, None).unwrap(), "etl:v1");
    assert_eq!(flow.process_command("python"), Err(RuntimeError::NoExecutable));
    insta::assert_snapshot!(FlowSource { name: "other", ..flow }.container_command().unwrap_err(), @"the image `etl:v1` holds no executable of the flow `other`: build and register it again, with `castra register --storage docker`");
}

#[test]
fn a_castra_flow_in_python_is_run_by_the_interpreter_that_registered_it_or_that_of_the_image() {
    let stored = |document| Storage::from_json(&document).unwrap();
    let process = |storage: &Storage| castra(storage).process_command("/agent/python").unwrap().join(" ");
    let container = |storage: &Storage| castra(storage).container_command().unwrap().join(" ");
    let local = stored(json!({"type": "Local", "path": "/flows/etl.py", "python": "/venv/bin/python"}));
    assert_eq!(process(&local), "/venv/bin/python -m castra execute flow-run");
    assert_eq!(container(&local), "python -m castra execute flow-run");
    let module = stored(json!({"type": "Module", "module": "flows.etl"}));
    assert_eq!(process(&module), "/agent/python -m castra execute flow-run");
    let docker = json!({"type": "Docker", "image_name": "etl", "image_tag": "v1", "flows": {"etl": "/etl.py"}, "python": "python"});
    assert_eq!(container(&stored(docker)), "python -m castra execute flow-run");
}

#[test]
fn a_prefect_flow_is_run_by_prefect() {
    assert_eq!(
        prefect("1.4.1").process_command("/venv/bin/python").unwrap().join(" "),
        "/venv/bin/python -m prefect execute flow-run"
    );
}

#[test]
fn before_0_13_the_command_had_another_name() {
    let verb = |version| prefect(version).container_command().unwrap().pop().unwrap();
    for old in ["0.12.6", "0.12.6+3.gabc", "0.13.0rc1", "0.13.0.dev1", "0.13rc2", "0.6", ""] {
        assert_eq!(verb(old), "cloud-flow", "{old}");
    }
    for new in ["0.13", "0.13.0", "0.13.0+5.gabc", "0.13.0.post1", "0.13.1rc1", "0.15.13", "1.4.1", "v1.0"] {
        assert_eq!(verb(new), "flow-run", "{new}");
    }
}

#[test]
fn the_image_of_docker_storage_beats_all_others() {
    let storage = image_storage();
    let run_config = RunConfig::from(KubernetesRun::new().image("mine:1"));
    let stored = FlowSource { storage: Some(&storage), ..prefect("1.4.1") };
    let flow = prefect("1.4.1+2.gabc");
    assert_eq!(stored.image(Some(&run_config), Some("template:1")).unwrap(), "etl:v1");
    assert_eq!(flow.image(Some(&run_config), Some("template:1")).unwrap(), "mine:1");
    assert_eq!(flow.image(None, Some("template:1")).unwrap(), "template:1");
    assert_eq!(flow.image(None, None).unwrap(), "prefecthq/prefect:1.4.1");
    assert_eq!(
        FlowSource { core_version: None, ..flow }.image(None, None).unwrap(),
        "prefecthq/prefect:latest"
    );
}

#[test]
fn a_castra_flow_has_no_default_image() {
    assert_eq!(prefect("castra/0.1.0").image(None, None), Err(RuntimeError::NoImage));
}

#[test]
fn labels_are_written_as_each_runtime_reads_them() {
    assert_eq!(Runtime::Castra.agent_labels(["dev", "it's"]), r#"["dev","it's"]"#);
    assert_eq!(Runtime::Prefect1.agent_labels(["dev", "it's"]), r#"['dev', "it's"]"#);
    assert_eq!(Runtime::Prefect1.agent_labels([]), "[]");
}
