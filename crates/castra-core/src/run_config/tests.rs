//! Run configs as they are written, refused, and sent.

mod properties;

use serde_json::json;

use super::*;

/// A machine with the directory `/home/me` and one file, `/home/me/job.yaml`.
fn surroundings() -> Surroundings<'static> {
    Surroundings {
        current_directory: "/home/me",
        read_file: &|path| match path {
            "/home/me/job.yaml" => Ok("kind: Job\nspec: {suspend: no}".to_owned()),
            _ => Err(std::io::ErrorKind::NotFound.into()),
        },
    }
}

fn from_arguments(kind: RunConfigKind, arguments: Value) -> Result<RunConfig, RunConfigError> {
    RunConfig::from_arguments(kind, arguments.as_object().unwrap(), &surroundings())
}

/// The wire form without what every run config has.
fn own_fields(run_config: impl Into<RunConfig>) -> Value {
    let mut document = run_config.into().to_json();
    let fields = document.as_object_mut().unwrap();
    fields.retain(|field, value| {
        !["type", VERSION_FIELD, "env", "labels"].contains(&field.as_str()) && !value.is_null()
    });
    document
}

#[test]
fn the_wire_form_has_every_field_of_the_type() {
    let run = LocalRun::new().env("A", "b").labels(["ml", "dev", "ml"]).working_dir("/flows");
    assert_eq!(
        RunConfig::from(run).to_json(),
        json!({
            "type": "LocalRun",
            "__version__": SERIALIZATION_VERSION,
            "env": {"A": "b"},
            "labels": ["dev", "ml"],
            "working_dir": "/flows",
        })
    );
}

#[test]
fn an_unset_field_is_null_on_the_wire() {
    for kind in RunConfigKind::ALL {
        let document = RunConfig::new(kind).to_json();
        assert_eq!(document["type"], kind.name());
        assert_eq!(document["env"], Value::Null);
        assert_eq!(document["labels"], json!([]));
    }
    assert_eq!(own_fields(VertexRun::new()), json!({"machine_type": "e2-standard-4"}));
}

#[test]
fn numbers_become_text_where_text_is_wanted() {
    assert_eq!(
        own_fields(KubernetesRun::new().cpu_request(2).cpu_limit(0.5).memory_request("2Gi")),
        json!({"cpu_request": "2", "cpu_limit": "0.5", "memory_request": "2Gi"})
    );
    assert_eq!(
        own_fields(EcsRun::new().cpu("2 vcpu").memory(4096)),
        json!({"cpu": "2 vcpu", "memory": "4096"})
    );
    let run_config = from_arguments(RunConfigKind::Kubernetes, json!({"cpu_limit": 2, "image": 1.0}));
    assert_eq!(own_fields(run_config.unwrap()), json!({"cpu_limit": "2", "image": "1.0"}));
}

#[test]
fn the_working_directory_becomes_absolute() {
    let run = RunConfig::from(LocalRun::new().working_dir("flows/../etl"));
    assert_eq!(own_fields(run.resolve(&surroundings()).unwrap()), json!({"working_dir": "/home/me/etl"}));
}

#[test]
fn a_local_job_template_is_taken_in_and_a_remote_one_is_left_to_the_agent() {
    let resolved = |path: &str| {
        own_fields(
            RunConfig::from(KubernetesRun::new().job_template_path(path)).resolve(&surroundings()).unwrap(),
        )
    };
    assert_eq!(resolved("job.yaml"), json!({"job_template": {"kind": "Job", "spec": {"suspend": false}}}));
    assert_eq!(resolved("s3://bucket/job.yaml"), json!({"job_template_path": "s3://bucket/job.yaml"}));
}

#[test]
fn a_job_template_may_be_yaml_text() {
    let run_config = from_arguments(RunConfigKind::Kubernetes, json!({"job_template": "kind: Job"}));
    assert_eq!(own_fields(run_config.unwrap()), json!({"job_template": {"kind": "Job"}}));
    let built = RunConfig::from(KubernetesRun::new().job_template("kind: Job"));
    assert_eq!(own_fields(built.resolve(&surroundings()).unwrap()), json!({"job_template": {"kind": "Job"}}));
}

#[test]
fn ports_are_whole_numbers() {
    let document = json!({"type": "DockerRun", "ports": ["80", 443.0, 1_000]});
    assert_eq!(own_fields(RunConfig::from_json(&document).unwrap()), json!({"ports": [80, 443, 1000]}));
}

#[test]
fn unknown_fields_reach_the_agent_untouched() {
    let document = json!({
        "type": "UniversalRun", "__version__": "1.9.0", "env": {"N": 1, "unset": null}, "labels": [],
        "priority": {"class": "high"},
    });
    assert_eq!(RunConfig::from_json(&document).unwrap().to_json(), document);
}

#[test]
fn wrong_arguments_are_explained() {
    let message = |kind, arguments: Value| from_arguments(kind, arguments).unwrap_err().to_string();
    use RunConfigKind::*;
    insta::assert_snapshot!(message(Kubernetes, json!({"cpu_requests": 2})), @"KubernetesRun has no argument `cpu_requests` (did you mean `cpu_request`?)");
    insta::assert_snapshot!(message(Kubernetes, json!({"image_pull_policy": "always"})), @r#"KubernetesRun.image_pull_policy cannot be "always": it is one of Always, IfNotPresent, Never (did you mean `Always`?)"#);
    insta::assert_snapshot!(message(Kubernetes, json!({"job_template": {}, "job_template_path": "s3://a/b"})), @"KubernetesRun: `job_template_path` and `job_template` exclude each other: both say what the job looks like; keep one");
    insta::assert_snapshot!(message(Kubernetes, json!({"job_template": "- a"})), @"KubernetesRun.job_template cannot be a list: a job template is an object, or YAML text of one");
    insta::assert_snapshot!(message(Kubernetes, json!({"job_template": "a: b: c"})), @"KubernetesRun.job_template: the YAML text is wrong at line 1, column 5: mapping values are not allowed in this context");
    insta::assert_snapshot!(message(Kubernetes, json!({"job_template_path": "absent.yaml"})), @"KubernetesRun.job_template_path: cannot read /home/me/absent.yaml: entity not found");
    insta::assert_snapshot!(message(Kubernetes, json!({"memory_limit": ["2Gi"]})), @r#"KubernetesRun.memory_limit cannot be ["2Gi"]: text is needed"#);
    insta::assert_snapshot!(message(Local, json!({"working_dir": 5})), @"LocalRun.working_dir cannot be 5: a string is needed");
    insta::assert_snapshot!(message(Local, json!({"labels": "dev"})), @r#"LocalRun.labels cannot be "dev": a list is needed (did you mean `["dev"]`?)"#);
    insta::assert_snapshot!(message(Local, json!({"env": "TOKEN=secret"})), @"LocalRun.env cannot be a string: environment variables are an object of names and values");
    insta::assert_snapshot!(message(Docker, json!({"ports": ["http"]})), @r#"DockerRun.ports cannot be "http": each entry is a whole number, e.g. [8080]"#);
    insta::assert_snapshot!(message(Ecs, json!({"task_definition": {}, "task_definition_arn": "flow:1"})), @"ECSRun: `task_definition` and `task_definition_arn` exclude each other: each of them is the whole task definition; keep one");
    insta::assert_snapshot!(message(Ecs, json!({"task_definition_arn": "flow:1", "image": "mine"})), @"ECSRun: `task_definition_arn` and `image` exclude each other: a registered task definition already has its image; drop `image`, or give a task definition");
    insta::assert_snapshot!(message(Vertex, json!({"worker_pool_specs": [null]})), @"VertexRun.worker_pool_specs cannot be null: each entry is an object");
}

#[test]
fn wrong_documents_are_explained() {
    let message = |document: Value| RunConfig::from_json(&document).unwrap_err().to_string();
    insta::assert_snapshot!(message(json!([])), @"a run config is a JSON object with a `type`, not a list");
    insta::assert_snapshot!(message(json!({})), @"the run config has no `type`: give one of UniversalRun, LocalRun, DockerRun, KubernetesRun, ECSRun, VertexRun");
    insta::assert_snapshot!(message(json!({"type": "EcsRun"})), @r#"unknown run config `type` "EcsRun" (did you mean `ECSRun`?): it is one of UniversalRun, LocalRun, DockerRun, KubernetesRun, ECSRun, VertexRun"#);
    insta::assert_snapshot!(message(json!({"type": "LocalRun", "labels": null})), @"LocalRun.labels cannot be null: no labels is the empty list []");
    insta::assert_snapshot!(message(json!({"type": "ECSRun", "cpu": 1024})), @r#"ECSRun.cpu cannot be 1024: text is needed (did you mean `"1024"`?)"#);
}

#[test]
fn an_agent_takes_its_own_kind_a_universal_one_or_none() {
    for agent in AgentKind::ALL {
        for kind in RunConfigKind::ALL {
            let expected = kind == agent.own_kind() || kind == RunConfigKind::Universal;
            assert_eq!(agent.takes(Some(kind)), expected, "{agent} {kind}");
            assert_eq!(agent.own_run_config(Some(RunConfig::new(kind))).is_ok(), expected);
        }
        assert_eq!(AgentKind::made_for(Some(agent.own_kind())), agent);
        assert!(agent.takes(None));
        assert_eq!(agent.own_run_config(None), Ok(RunConfig::new(agent.own_kind())));
    }
}

#[test]
fn a_universal_run_config_keeps_only_env_and_labels() {
    let universal = RunConfig::from(UniversalRun::new().env("A", "b").label("dev"));
    let own = RunConfig::from(VertexRun::new().env("A", "b").label("dev"));
    assert_eq!(AgentKind::Vertex.own_run_config(Some(universal)), Ok(own));
}

#[test]
fn a_run_config_for_another_agent_says_so() {
    let error = AgentKind::Ecs.own_run_config(Some(LocalRun::new().into())).unwrap_err();
    insta::assert_snapshot!(error, @"the ecs agent takes ECSRun or UniversalRun, not LocalRun");
}
