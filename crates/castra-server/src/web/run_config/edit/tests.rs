//! Overrides are what differs, resets bring back what was there, and nothing else is sent.

use serde_json::json;

use super::*;

/// A run config of each type with every field set.
fn full(kind: RunConfigKind) -> Json {
    let fields = match kind {
        RunConfigKind::Universal => json!({}),
        RunConfigKind::Local => json!({"working_dir": "/srv"}),
        RunConfigKind::Docker => json!({"image": "a", "ports": [80], "host_config": {"mem_limit": "2g"}}),
        RunConfigKind::Kubernetes => json!({
            "image": "a", "cpu_request": "1", "cpu_limit": "2", "memory_request": "1Gi", "memory_limit": "2Gi",
            "service_account_name": "flows", "image_pull_secrets": ["a", "b"], "image_pull_policy": "Always",
            "job_template": {"kind": "Job"},
        }),
        RunConfigKind::Ecs => json!({
            "image": "a", "cpu": "1 vcpu", "memory": "2 GB", "task_role_arn": "r", "execution_role_arn": "e",
            "task_definition_path": "s3://a/b", "run_task_kwargs": {"cluster": "c"},
        }),
        RunConfigKind::Vertex => json!({
            "image": "a", "machine_type": "n1", "scheduling": {"timeout": "60s"}, "service_account": "s", "network": "n",
            "worker_pool_specs": [{"machine_spec": {}}],
        }),
    };
    let mut wire =
        json!({"type": kind.name(), "env": {"A": "b", "N": 5}, "labels": ["gpu"], "newer_field": true});
    wire.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    wire
}

fn base(kind: RunConfigKind) -> Base {
    Base::new(Some(full(kind)))
}

/// The fields that a browser sends of a form that was left as it was, and these over them.
fn sent(edit: &Edit, changed: &[(&str, &str)]) -> Fields {
    let kind = edit.kind.map_or("", RunConfigKind::name);
    let mut fields = vec![("type", kind)];
    fields.extend(edit.texts.iter().map(|(name, text)| (*name, text.as_str())));
    fields.extend(edit.was_reset.iter().map(|name| ("was_reset", *name)));
    fields.retain(|(name, _)| !changed.iter().any(|(other, _)| other == name));
    if !changed.iter().any(|(name, _)| *name == "env.name") {
        fields.extend(
            edit.env.iter().flat_map(|(name, value)| [("env.name", name.as_str()), ("env.value", value)]),
        );
    }
    fields.extend(changed);
    Fields::of(&fields)
}

fn changed(kind: RunConfigKind, changed: &[(&str, &str)]) -> Outcome {
    let base = base(kind);
    let begun = Edit::of(base.run_config.as_ref());
    Edit::read(&sent(&begun, changed), &base).outcome(&base)
}

fn field_sent(outcome: &Outcome, name: &str) -> Json {
    outcome.run_config.as_ref().unwrap().to_json()[name].clone()
}

#[test]
fn a_form_that_was_not_touched_sends_nothing() {
    for kind in RunConfigKind::ALL {
        assert_eq!(changed(kind, &[]), Outcome::default(), "{kind}");
    }
    let none = Base::default();
    let begun = Edit::of(None);
    assert_eq!(Edit::read(&sent(&begun, &[]), &none).outcome(&none), Outcome::default());
}

#[test]
fn every_field_of_every_type_can_be_overridden_alone() {
    use RunConfigKind::*;
    for (kind, field, text, expected) in [
        (Local, "working_dir", "/data", json!("/data")),
        (Docker, "image", "b", json!("b")),
        (Docker, "ports", "80, 90", json!([80, 90])),
        (Docker, "host_config", "mem_limit: 4g", json!({"mem_limit": "4g"})),
        (Kubernetes, "image", "b", json!("b")),
        (Kubernetes, "cpu_request", "500m", json!("500m")),
        (Kubernetes, "cpu_limit", "", json!(null)),
        (Kubernetes, "memory_request", "3", json!("3")),
        (Kubernetes, "memory_limit", "3Gi", json!("3Gi")),
        (Kubernetes, "service_account_name", "other", json!("other")),
        (Kubernetes, "image_pull_secrets", "c", json!(["c"])),
        (Kubernetes, "image_pull_policy", "Never", json!("Never")),
        (Kubernetes, "job_template", "kind: Job\nspec: {}", json!({"kind": "Job", "spec": {}})),
        (Ecs, "image", "b", json!("b")),
        (Ecs, "cpu", "512", json!("512")),
        (Ecs, "memory", "1024", json!("1024")),
        (Ecs, "task_role_arn", "t", json!("t")),
        (Ecs, "execution_role_arn", "x", json!("x")),
        (Ecs, "task_definition_path", "s3://c", json!("s3://c")),
        (Ecs, "run_task_kwargs", "{\"cluster\": \"d\"}", json!({"cluster": "d"})),
        (Vertex, "image", "b", json!("b")),
        (Vertex, "machine_type", "n2", json!("n2")),
        (Vertex, "scheduling", "timeout: 90s", json!({"timeout": "90s"})),
        (Vertex, "service_account", "t", json!("t")),
        (Vertex, "network", "m", json!("m")),
        (Vertex, "worker_pool_specs", "[{}, {}]", json!([{}, {}])),
    ] {
        let outcome = changed(kind, &[(field, text)]);
        let mut wire = full(kind);
        wire[field] = expected;
        let expected = RunConfig::from_json(&wire).unwrap();
        assert_eq!(outcome.run_config, Some(expected), "{kind}.{field}");
        assert_eq!(outcome.overrides.len(), 1, "{kind}.{field}");
    }
}

#[test]
fn variables_keep_their_types_unless_they_are_changed() {
    let env = [
        ("env.name", "N"),
        ("env.value", "5"),
        ("env.name", "A"),
        ("env.value", "c"),
        ("env.name", ""),
        ("env.value", ""),
    ];
    let outcome = changed(RunConfigKind::Universal, &env);
    assert_eq!(field_sent(&outcome, "env"), json!({"N": 5, "A": "c"}));
    assert_eq!(field_sent(&outcome, "newer_field"), json!(true));
    let removed = changed(RunConfigKind::Universal, &[("env.name", ""), ("env.value", "")]);
    assert_eq!(field_sent(&removed, "env"), json!({}));
}

#[test]
fn a_secret_is_kept_by_its_mask_and_cannot_be_made_of_one() {
    let secret = "PREFECT__CONTEXT__SECRETS__KEY";
    let base = Base::new(Some(json!({"type": "LocalRun", "env": {secret: "hidden"}, "labels": []})));
    let begun = Edit::of(base.run_config.as_ref());
    assert!(!format!("{begun:?}").contains("hidden"));
    let outcome = Edit::read(&sent(&begun, &[("working_dir", "/a")]), &base).outcome(&base);
    assert_eq!(field_sent(&outcome, "env"), json!({secret: "hidden"}));
    let renamed = [("env.name", "OTHER"), ("env.value", MASK)];
    let outcome = Edit::read(&sent(&begun, &renamed), &base).outcome(&base);
    insta::assert_snapshot!(outcome.errors["env"], @"`OTHER`: ******** stands for a value that is not shown here: write the value itself");
}

#[test]
fn a_mask_stands_for_the_secret_that_the_form_began_with() {
    let of = |secret: &str| {
        json!({"type": "ECSRun", "run_task_kwargs": {"CASTRA_API_KEY": secret, "a": 1}, "labels": [],
        "env": {"PREFECT__CONTEXT__SECRETS__KEY": secret}})
    };
    let begun_with = of("earlier");
    let base = Base::new(Some(of("registered"))).begun_with(Some(begun_with.clone()));
    let begun = Edit::of(Some(&begun_with));
    let text = begun.texts["run_task_kwargs"].replace("\"a\": 1", "\"a\": 2");
    let outcome = Edit::read(&sent(&begun, &[("run_task_kwargs", &text)]), &base).outcome(&base);
    assert_eq!(field_sent(&outcome, "run_task_kwargs"), json!({"CASTRA_API_KEY": "earlier", "a": 2}));
    assert_eq!(field_sent(&outcome, "env"), begun_with["env"]);
}

#[test]
fn an_override_that_is_a_secret_alone_is_marked_and_reset() {
    let of = |secret: &str| {
        let env = json!({"PREFECT__CONTEXT__SECRETS__KEY": secret});
        json!({"type": "ECSRun", "run_task_kwargs": {"CASTRA_API_KEY": secret}, "labels": [], "env": env})
    };
    let begun_with = of("earlier");
    let base = Base::new(Some(of("registered"))).begun_with(Some(begun_with.clone()));
    let begun = Edit::of(Some(&begun_with));
    let overrides = |edit: &Edit| edit.outcome(&base).overrides;
    assert_eq!(overrides(&Edit::read(&sent(&begun, &[]), &base)), BTreeSet::from(["env", "run_task_kwargs"]));
    let one = Edit::read(&sent(&begun, &[("reset", "env")]), &base);
    assert_eq!(overrides(&one), BTreeSet::from(["run_task_kwargs"]));
    let both = Edit::read(&sent(&one, &[("reset", "run_task_kwargs")]), &base);
    assert_eq!(both.outcome(&base), Outcome::default());
    // It stays so when the form is sent.
    assert_eq!(Edit::read(&sent(&both, &[]), &base).outcome(&base), Outcome::default());
    let all = Edit::read(&sent(&begun, &[("reset", "type")]), &base);
    assert_eq!(all.outcome(&base), Outcome::default());
}

#[test]
fn what_was_written_for_another_alternative_stays_and_is_not_sent() {
    let base = base(RunConfigKind::Ecs);
    let begun = Edit::of(base.run_config.as_ref());
    let arn =
        [("task_definition_from", "task_definition_arn"), ("task_definition_arn", "family:1"), ("image", "")];
    let edit = Edit::read(&sent(&begun, &arn), &base);
    assert_eq!(field_sent(&edit.outcome(&base), "task_definition_path"), Json::Null);
    let back = Edit::read(&sent(&edit, &[("task_definition_from", "task_definition_path")]), &base);
    assert_eq!(back.texts["task_definition_arn"], "family:1");
    assert_eq!(back.outcome(&base).overrides, BTreeSet::from(["image"]));
}

#[test]
fn another_type_keeps_variables_and_image_and_has_its_own_defaults() {
    let base = base(RunConfigKind::Docker);
    let begun = Edit::of(base.run_config.as_ref());
    let edit = Edit::read(&sent(&begun, &[("type", "VertexRun")]), &base);
    assert_eq!((edit.texts["image"].as_str(), edit.texts["machine_type"].as_str()), ("a", "e2-standard-4"));
    let outcome = edit.outcome(&base);
    assert_eq!(outcome.overrides, BTreeSet::from(["type"]));
    assert_eq!(field_sent(&outcome, "env"), json!({"A": "b", "N": 5}));
    let back = Edit::read(&sent(&edit, &[("reset", "type")]), &base);
    assert_eq!((back.kind, back.texts, back.env), (begun.kind, begun.texts, begun.env));
}

#[test]
fn a_reset_brings_one_thing_back_and_leaves_the_others() {
    let base = base(RunConfigKind::Ecs);
    let begun = Edit::of(base.run_config.as_ref());
    let edits = [
        ("cpu", "512"),
        ("task_definition_from", "task_definition_arn"),
        ("task_definition_arn", "family:1"),
        ("image", ""),
        ("env.name", "B"),
        ("env.value", "c"),
    ];
    let edited = |reset: &str| {
        let edits: Vec<_> = edits.into_iter().chain([("reset", reset)]).collect();
        Edit::read(&sent(&begun, &edits), &base).outcome(&base).overrides
    };
    assert_eq!(edited(""), BTreeSet::from(["cpu", "env", "image", "task_definition_from"]));
    assert_eq!(edited("task_definition_from"), BTreeSet::from(["cpu", "env", "image"]));
    assert_eq!(edited("env"), BTreeSet::from(["cpu", "image", "task_definition_from"]));
    assert_eq!(edited("cpu"), BTreeSet::from(["env", "image", "task_definition_from"]));
}

#[test]
fn what_is_wrong_is_said_beside_its_field_and_stays_as_it_was_typed() {
    let wrong = |kind, edits: &[(&str, &str)]| {
        let base = base(kind);
        let begun = Edit::of(base.run_config.as_ref());
        let edit = Edit::read(&sent(&begun, edits), &base);
        for (name, text) in edits {
            assert_eq!(edit.texts.get(name).map(String::as_str), Some(*text));
        }
        let outcome = edit.outcome(&base);
        assert_eq!(outcome.run_config, None);
        outcome
            .errors
            .into_iter()
            .map(|(field, words)| format!("{field}: {words}"))
            .collect::<Vec<_>>()
            .join("\n")
    };
    insta::assert_snapshot!(wrong(RunConfigKind::Kubernetes, &[("image_pull_policy", "Alway")]), @r#"image_pull_policy: KubernetesRun.image_pull_policy cannot be "Alway": it is one of Always, IfNotPresent, Never (did you mean `Always`?)"#);
    insta::assert_snapshot!(wrong(RunConfigKind::Kubernetes, &[("job_template", "just text")]), @"job_template: KubernetesRun.job_template cannot be a string: a job template is an object, or YAML text of one");
    insta::assert_snapshot!(wrong(RunConfigKind::Docker, &[("ports", "x"), ("host_config", "[1]")]), @"
    host_config: DockerRun.host_config cannot be [1]: an object is needed
    ports: “x” is no whole number: write numbers and commas, e.g. 8080, 9000
    ");
    insta::assert_snapshot!(wrong(RunConfigKind::Ecs, &[("task_definition_from", "task_definition_arn"), ("task_definition_arn", "f:1")]), @"image: ECSRun: `task_definition_arn` and `image` exclude each other: a registered task definition already has its image; drop `image`, or give a task definition");
    insta::assert_snapshot!(wrong(RunConfigKind::Ecs, &[("task_definition_path", " ")]), @"task_definition_path: nothing is written here: fill it in, or choose the agent's default");
}

#[test]
fn a_run_config_that_cannot_be_read_is_left_alone_or_replaced_whole() {
    let base = Base::new(Some(json!({"type": "FutureRun", "image": "a"})));
    let begun = Edit::of(base.run_config.as_ref());
    assert_eq!(begun.outcome(&base), Outcome::default());
    let outcome = Edit::read(&sent(&begun, &[("type", "DockerRun")]), &base).outcome(&base);
    assert_eq!(field_sent(&outcome, "image"), json!("a"));
}

#[test]
fn a_variable_alone_makes_a_run_config_for_any_agent() {
    let base = Base::default();
    let outcome = Edit::of(None).with_variable("A", "b").outcome(&base);
    assert_eq!(outcome.run_config, Some(castra_core::run_config::UniversalRun::new().env("A", "b").into()));
}
