//! Flow runs: created, named, labelled, cancelled, deleted, found in the queue.

use serde_json::{Value, json};

use super::{NOBODY, agent};
use crate::server::TestServer;

#[tokio::test]
async fn a_run_is_created_once_per_idempotency_key() {
    let server = TestServer::empty().await;
    let flow_id = server.given_flow().await;
    let input = json!({
        "flow_id": flow_id, "idempotency_key": "k", "flow_run_name": "first", "parameters": {"n": [1, null]},
        "context": {"a": 1}, "labels": ["zz", "dev"], "scheduled_start_time": "2030-01-01T00:00:00+01:00",
        "run_config": {"type": "LocalRun", "env": {"E": "v"}, "labels": ["q"], "working_dir": "/tmp", "__version__": "1.4.1"},
    });
    let id = server.id("create_flow_run", input.clone()).await;
    assert_eq!(server.id("create_flow_run", input).await, id);
    insta::assert_json_snapshot!(server.data(
        "{ flow_run { name state version parameters context labels run_config scheduled_start_time auto_scheduled } }"
    ).await, @r#"
    {
      "flow_run": [
        {
          "name": "first",
          "state": "Scheduled",
          "version": 1,
          "parameters": {
            "n": [
              1,
              null
            ]
          },
          "context": {
            "a": 1
          },
          "labels": [
            "dev",
            "zz"
          ],
          "run_config": {
            "type": "LocalRun",
            "env": {
              "E": "v"
            },
            "labels": [
              "q"
            ],
            "working_dir": "/tmp",
            "__version__": "1.4.1"
          },
          "scheduled_start_time": "2029-12-31T23:00:00.000000+00:00",
          "auto_scheduled": false
        }
      ]
    }
    "#);
}

#[tokio::test]
async fn a_version_group_runs_its_newest_version() {
    let server = TestServer::empty().await;
    let flow_id = server.given_flow().await;
    let version_group_id = server.column("flow", &flow_id, "version_group_id").await;
    let run =
        server.id("create_flow_run", json!({"version_group_id": version_group_id, "labels": ["zz"]})).await;
    assert_eq!(server.column("flow_run", &run, "flow_id").await, json!(flow_id));
}

#[tokio::test]
async fn a_run_is_renamed_relabelled_and_deleted() {
    let server = TestServer::empty().await;
    let run = server.given_run().await;
    server.succeed("set_flow_run_name", json!({"flow_run_id": run, "name": "other"})).await;
    server.succeed("set_flow_run_labels", json!({"flow_run_id": run, "labels": ["gpu", "dev"]})).await;
    insta::assert_json_snapshot!(server.data("{ flow_run { name labels } }").await, @r#"
    {
      "flow_run": [
        {
          "name": "other",
          "labels": [
            "dev",
            "gpu"
          ]
        }
      ]
    }
    "#);
    server.succeed("delete_flow_run", json!({"flow_run_id": run})).await;
    insta::assert_json_snapshot!(server.data("{ flow_run { name } }").await, @r#"
    {
      "flow_run": []
    }
    "#);
}

#[tokio::test]
async fn the_queue_holds_what_an_agent_takes_and_notes_that_it_asked() {
    let server = TestServer::empty().await;
    let run = server.given_run().await;
    let agent_id = server.given_agent(&[]).await;
    let ask = async |labels: Value, before: &str| {
        let input = json!({"before": before, "labels": labels, "tenant_id": null});
        let answer = server.mutate_as(agent(&agent_id), "get_runs_in_queue", "flow_run_ids", input).await;
        answer.unwrap()["flow_run_ids"].take()
    };
    assert_eq!(ask(json!([]), "2999-01-01T00:00:00.000000").await, json!([run]));
    assert_eq!(ask(json!([]), "2020-01-01T00:00:00+00:00").await, json!([]), "it is not yet due");
    assert_eq!(ask(json!(["dev"]), "2999-01-01T00:00:00+00:00").await, json!([]), "it has no labels");
    assert!(server.column("agent", &agent_id, "last_queried").await.is_string());
}

#[tokio::test]
async fn a_running_run_is_cancelling_and_a_waiting_one_is_cancelled() {
    let server = TestServer::empty().await;
    let run = server.given_run().await;
    let cancel = async |id: &str| server.mutate("cancel_flow_run", "state", json!({"flow_run_id": id})).await;
    server.set_flow_run_state(&run, json!({"type": "Running"})).await.unwrap();
    for _ in 0..2 {
        assert_eq!(cancel(&run).await, Ok(json!({"state": "Cancelling"})));
    }
    let flow_id = server.column("flow_run", &run, "flow_id").await;
    let waiting = server.id("create_flow_run", json!({"flow_id": flow_id})).await;
    for _ in 0..2 {
        assert_eq!(cancel(&waiting).await, Ok(json!({"state": "Cancelled"})));
    }
}

#[tokio::test]
async fn bad_input_is_refused_in_words() {
    let server = TestServer::empty().await;
    let flow_id = server.given_flow_with(json!({
        "parameters": [{"name": "day", "slug": "day", "required": true, "default": null, "type": "prefect.core.parameter.Parameter"}],
    })).await;
    let create = async |mut input: Value| {
        if input.get("flow_id").is_none() {
            input["flow_id"] = json!(flow_id);
        }
        server.refused("create_flow_run", "id", input).await
    };
    insta::assert_snapshot!(create(json!({})).await, @"BAD_USER_INPUT: the run needs the parameter day; give a value for each");
    insta::assert_snapshot!(create(json!({"parameters": "{"})).await, @r#"BAD_USER_INPUT: create_flow_run: input.parameters: a JSON object is needed, not "{""#);
    insta::assert_snapshot!(create(json!({"parameters": {"day": 1}, "run_config": {"labels": []}})).await, @"BAD_USER_INPUT: the run config cannot be read: the run config has no `type`: give one of UniversalRun, LocalRun, DockerRun, KubernetesRun, ECSRun, VertexRun");
    insta::assert_snapshot!(create(json!({"parameters": {"day": 1}, "run_config": {"type": "KubernetesRun", "image_pull_policy": "Sometimes"}})).await, @r#"BAD_USER_INPUT: the run config cannot be read: KubernetesRun.image_pull_policy cannot be "Sometimes": it is one of Always, IfNotPresent, Never"#);
    insta::assert_snapshot!(create(json!({"labels": ["  "]})).await, @"BAD_USER_INPUT: create_flow_run: input.labels: a label is empty: leave it out or give it a name");
    insta::assert_snapshot!(create(json!({"scheduled_start_time": "tomorrow"})).await, @r#"BAD_USER_INPUT: create_flow_run: input.scheduled_start_time: an instant such as 2026-11-24T03:30:00+00:00 is needed, not "tomorrow""#);
    insta::assert_snapshot!(create(json!({"flow_id": NOBODY})).await, @"NOT_FOUND: flow 00000000-0000-4000-8000-00000000dead not found");
    insta::assert_snapshot!(create(json!({"flow_id": null})).await, @"BAD_USER_INPUT: create_flow_run: input names no flow: give flow_id, or version_group_id for its newest version");
    insta::assert_snapshot!(create(json!({"flow_id": null, "version_group_id": "nothing"})).await, @"NOT_FOUND: flow group nothing not found: register a flow in this version group");
    insta::assert_snapshot!(create(json!({"colour": "red"})).await, @r#"GRAPHQL_VALIDATION_FAILED: Invalid value for argument "input", unknown field "colour" of type "create_flow_run_input""#);
    for (name, input) in [
        ("set_flow_run_name", json!({"name": "x"})),
        ("set_flow_run_labels", json!({"labels": []})),
        ("delete_flow_run", json!({})),
    ] {
        let mut input = input;
        input["flow_run_id"] = json!(NOBODY);
        assert!(
            server.refused(name, "success", input).await.starts_with("NOT_FOUND: flow run 00000000"),
            "{name}"
        );
    }
    insta::assert_snapshot!(server.refused("cancel_flow_run", "state", json!({"flow_run_id": NOBODY})).await, @"NOT_FOUND: flow run 00000000-0000-4000-8000-00000000dead not found");
    insta::assert_snapshot!(server.refused("get_runs_in_queue", "flow_run_ids", json!({"before": "soon"})).await, @r#"BAD_USER_INPUT: get_runs_in_queue: input.before: an instant such as 2026-11-24T03:30:00+00:00 is needed, not "soon""#);
}
