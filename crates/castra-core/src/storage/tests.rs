//! Storage as the wire holds it, and what agents read from it.

use serde_json::json;

use super::*;

fn storage(document: Value) -> Storage {
    Storage::from_json(&document).unwrap()
}

#[test]
fn prefect_storage_keeps_every_field() {
    let document = json!({
        "type": "S3", "__version__": "1.4.1", "bucket": "flows", "key": null, "flows": {"etl": "etl/2024"},
        "secrets": ["AWS_CREDENTIALS"], "client_options": {"endpoint_url": "http://localhost"}, "later": [1],
    });
    assert_eq!(storage(document.clone()).to_json(), document);
}

#[test]
fn docker_storage_names_its_image() {
    let image = |registry: Value, name: &str| {
        let document =
            json!({"type": "Docker", "registry_url": registry, "image_name": name, "image_tag": "v1"});
        storage(document).image().unwrap().to_owned()
    };
    assert_eq!(image(json!(null), "etl"), "etl:v1");
    assert_eq!(image(json!("registry.example"), "team/etl"), "registry.example/team/etl:v1");
    assert_eq!(image(json!("registry.example/"), "etl"), "registry.example/etl:v1");
}

#[test]
fn docker_storage_finds_its_flows_by_name() {
    let paths = json!({"etl": "/opt/flows"});
    let docker = json!({"type": "Docker", "image_name": "etl", "image_tag": "v1", "flows": paths});
    assert_eq!(storage(docker.clone()).path_in_image("etl"), Some("/opt/flows"));
    assert_eq!(storage(docker).path_in_image("other"), None);
    assert_eq!(storage(json!({"type": "Local", "flows": paths})).path_in_image("etl"), None);
}

#[test]
fn a_local_agent_takes_no_image() {
    let docker = storage(json!({"type": "Docker", "image_name": "etl", "image_tag": "v1"}));
    assert!(!docker.launches_on(AgentKind::Local));
    assert!(docker.launches_on(AgentKind::Docker));
    assert!(storage(json!({"type": "Module", "module": "flows.etl"})).launches_on(AgentKind::Local));
}

#[test]
fn only_code_on_a_disk_adds_the_hostname() {
    let executable = Executable { path: "/bin/flows".into(), arguments: vec![], flow: "etl".into() };
    assert_eq!(Storage::from(executable).default_labels("box"), ["box"]);
    assert_eq!(storage(json!({"type": "Local", "directory": "/flows"})).default_labels("box"), ["box"]);
    assert!(storage(json!({"type": "GCS", "bucket": "flows"})).default_labels("box").is_empty());
}

#[test]
fn an_executable_round_trips_and_has_a_command() {
    let executable =
        Executable { path: "/bin/flows".into(), arguments: vec!["--quiet".into()], flow: "etl".into() };
    assert_eq!(executable.command(), ["/bin/flows", "--quiet", "execute", "flow-run"]);
    let stored = Storage::from(executable);
    assert_eq!(Storage::from_json(&stored.to_json()), Ok(stored));
}

#[test]
fn what_cannot_be_found_again_is_refused() {
    let message = |document: Value| Storage::from_json(&document).unwrap_err().to_string();
    insta::assert_snapshot!(message(json!([])), @"storage is a JSON object with a `type`");
    insta::assert_snapshot!(message(json!({"bucket": "flows"})), @"unknown storage `type` null: it is Executable or one of Azure, Bitbucket, CodeCommit, Docker, GCS, Git, GitHub, GitLab, Local, Module, S3, Webhook");
    insta::assert_snapshot!(message(json!({"type": "GCS", "bucket": null})), @"GCS storage: `bucket` must be text");
    insta::assert_snapshot!(message(json!({"type": "Docker", "image_name": "etl"})), @"Docker storage: `image_tag` must be text");
    insta::assert_snapshot!(message(json!({"type": "Executable", "path": "/bin/x", "flow": "f", "arguments": "-v"})), @"Executable storage: `arguments` must be a list of texts");
    insta::assert_snapshot!(message(json!({"type": "S3", "bucket": "flows", "key": 5})), @"S3 storage: `key` must be text");
}

#[test]
fn what_excludes_each_other_is_refused() {
    let git = json!({"type": "Git", "flow_path": "etl.py", "repo": "o/r", "branch_name": "main", "tag": "", "commit": "abc"});
    let message = Storage::from_json(&git).unwrap_err().to_string();
    insta::assert_snapshot!(message, @"Git storage: `branch_name` and `commit` exclude each other; keep one");
}

proptest::proptest! {
    #[test]
    fn whatever_is_read_is_written_as_it_was(
        kind in proptest::sample::select(StorageKind::ALL.to_vec()),
        fields in proptest::collection::btree_map("[a-z_]{1,12}", "[a-z/:.]{0,8}", 0..4),
        bucket in "[a-z]{1,8}",
    ) {
        let mut document = json!({"type": kind.name(), "bucket": bucket, "repo": bucket, "module": bucket});
        for (field, value) in fields {
            document[field] = value.into();
        }
        if let Ok(storage) = Storage::from_json(&document) {
            proptest::prop_assert_eq!(storage.to_json(), document);
        }
    }
}
