//! Claims of agents and what they report of their launches.

use serde_json::{Value, json};

use super::NOBODY;
use crate::server::TestServer;

const CLAIM: &str = "claims { launch_id credential lease_expires_at flow_run } stops";
const LAUNCHES: &str = "launches { launch_id standing lease_expires_at }";

impl TestServer {
    async fn claim(&self, agent_id: &str, wait_seconds: u32) -> Value {
        let input = json!({"agent_id": agent_id, "labels": [], "limit": 5, "wait_seconds": wait_seconds});
        self.mutate("claim_flow_runs", CLAIM, input).await.unwrap()
    }

    async fn report(&self, agent_id: &str, report: Value) -> Value {
        let input = json!({"agent_id": agent_id, "reports": [report]});
        let mut answer = self.mutate("report_launches", LAUNCHES, input).await.unwrap();
        answer["launches"][0]["standing"].take()
    }
}

#[tokio::test]
async fn what_was_sent_is_shown_on_the_page_of_the_run() {
    let server = TestServer::empty().await;
    let run = server.given_run().await;
    let agent_id = server.given_agent(&[]).await;
    let claimed = server.claim(&agent_id, 0).await;
    assert!(!server.shown(&format!("/runs/{run}")).await.contains("Rendered spec"));
    let report = json!({
        "launch_id": claimed["claims"][0]["launch_id"], "occurred_at": "2026-11-24T03:00:00Z", "phase": "submitted",
        "rendered": {"command": ["python", "-m", "prefect"]},
    });
    assert_eq!(server.report(&agent_id, report).await, "held");
    let html = server.shown(&format!("/runs/{run}")).await;
    let spec = html.split("aria-label=\"Rendered spec\"").nth(1).unwrap().split("</pre>").next().unwrap();
    assert!(spec.contains("&#34;prefect&#34;"), "{spec}");
}

#[tokio::test]
async fn a_claim_brings_all_that_rendering_needs_and_submits_the_run() {
    let server = TestServer::empty().await;
    let run = server.given_run().await;
    let agent_id = server.given_agent(&[]).await;
    let claimed = server.claim(&agent_id, 0).await;
    insta::assert_json_snapshot!(claimed, {
        ".claims[].launch_id" => "[id]", ".claims[].credential" => "[credential]", ".claims[].lease_expires_at" => "[time]",
        ".claims[].flow_run.id" => "[id]", ".claims[].flow_run.name" => "[name]", ".claims[].flow_run.flow.id" => "[id]",
    }, @r#"
    {
      "claims": [
        {
          "launch_id": "[id]",
          "credential": "[credential]",
          "lease_expires_at": "[time]",
          "flow_run": {
            "id": "[id]",
            "name": "[name]",
            "version": 2,
            "parameters": {},
            "run_config": {
              "type": "LocalRun",
              "labels": [],
              "env": null
            },
            "flow": {
              "id": "[id]",
              "name": "etl",
              "version": 1,
              "storage": {
                "type": "Local",
                "flows": {}
              },
              "core_version": "1.4.1",
              "environment": null
            }
          }
        }
      ],
      "stops": []
    }
    "#);
    assert_eq!(server.column("flow_run", &run, "state").await, "Submitted");
    assert_eq!(server.claim(&agent_id, 0).await, json!({"claims": [], "stops": []}));
}

#[tokio::test]
async fn a_waiting_claim_is_answered_when_a_run_is_created() {
    let server = TestServer::empty().await;
    let flow_id = server.given_flow().await;
    let agent_id = server.given_agent(&[]).await;
    let create = server.id("create_flow_run", json!({"flow_id": flow_id}));
    let (claimed, run) = tokio::join!(server.claim(&agent_id, 30), create);
    assert_eq!(claimed["claims"][0]["flow_run"]["id"], json!(run));
}

#[tokio::test]
async fn a_waiting_claim_is_answered_when_a_launch_is_to_be_stopped() {
    let server = TestServer::empty().await;
    let run = server.given_run().await;
    let agent_id = server.given_agent(&[]).await;
    let launch_id = server.claim(&agent_id, 0).await["claims"][0]["launch_id"].take();
    let cancel = server.mutate("cancel_flow_run", "state", json!({"flow_run_id": run}));
    let (claimed, cancelled) = tokio::join!(server.claim(&agent_id, 30), cancel);
    assert!(cancelled.is_ok());
    assert_eq!(claimed, json!({"claims": [], "stops": [launch_id]}));
    let end = json!({"cause": {"kind": "stopped", "signal": "SIGTERM"}});
    let report =
        json!({"launch_id": launch_id, "occurred_at": "2026-11-24T03:00:00Z", "phase": "ended", "end": end});
    for _ in 0..2 {
        assert_eq!(server.report(&agent_id, report.clone()).await, "closed");
    }
    assert_eq!(server.column("flow_run", &run, "state").await, "Cancelled");
}

#[tokio::test]
async fn a_report_renews_the_lease_and_tells_where_the_launch_stands() {
    let server = TestServer::empty().await;
    server.given_run().await;
    let agent_id = server.given_agent(&[]).await;
    let launch_id = server.claim(&agent_id, 0).await["claims"][0]["launch_id"].take();
    let report = json!({"launch_id": launch_id, "occurred_at": "2026-11-24T03:00:00Z", "phase": "started", "handle": {"pid": 4711}});
    assert_eq!(server.report(&agent_id, report.clone()).await, "held");
    assert_eq!(server.report(NOBODY, report).await, "unknown");
    insta::assert_json_snapshot!(server.data("{ launch { phase handle } }").await, @r#"
    {
      "launch": [
        {
          "phase": "started",
          "handle": {
            "pid": 4711
          }
        }
      ]
    }
    "#);
}

#[tokio::test]
async fn what_holds_a_launch_up_is_told_until_it_starts() {
    let server = TestServer::empty().await;
    let run = server.given_run().await;
    let agent_id = server.given_agent(&[]).await;
    let launch_id = server.claim(&agent_id, 0).await["claims"][0]["launch_id"].take();
    let report = |phase: &str, detail: Value| {
        let occurred_at = "2026-11-24T03:00:00Z";
        json!({"launch_id": launch_id, "occurred_at": occurred_at, "phase": phase, "detail": detail})
    };
    let told = async || {
        let query = format!(r#"{{ launch {{ detail }} why(flow_run_id: "{run}") {{ waiting_for }} }}"#);
        server.data(&query).await.to_string()
    };
    server.report(&agent_id, report("submitted", json!("pulling the image, 3 of 7 layers"))).await;
    insta::assert_snapshot!(told().await, @r#"{"launch":[{"detail":"pulling the image, 3 of 7 layers"}],"why":{"waiting_for":"agent here has submitted it: pulling the image, 3 of 7 layers"}}"#);
    server.report(&agent_id, report("started", Value::Null)).await;
    insta::assert_snapshot!(told().await, @r#"{"launch":[{"detail":null}],"why":{"waiting_for":null}}"#);
}

#[tokio::test]
async fn bad_input_is_refused_in_words() {
    let server = TestServer::empty().await;
    let agent_id = server.given_agent(&[]).await;
    let claim = async |limit: Value, wait: Value, lease: Value| {
        let input =
            json!({"agent_id": agent_id, "limit": limit, "wait_seconds": wait, "lease_seconds": lease});
        server.refused("claim_flow_runs", CLAIM, input).await
    };
    insta::assert_snapshot!(claim(json!(5_000), json!(0), json!(60)).await, @"BAD_USER_INPUT: limit is 5000: ask for 1 to 1000 runs");
    insta::assert_snapshot!(claim(json!(0), json!(0), json!(60)).await, @"BAD_USER_INPUT: limit is 0: ask for 1 to 1000 runs");
    insta::assert_snapshot!(claim(json!(-1), json!(0), json!(60)).await, @"BAD_USER_INPUT: claim_flow_runs: input.limit: invalid value: integer `-1`, expected u32");
    insta::assert_snapshot!(claim(json!("many"), json!(0), json!(60)).await, @r#"GRAPHQL_VALIDATION_FAILED: Invalid value for argument "input.limit", expected type "Int""#);
    insta::assert_snapshot!(claim(json!(1), json!(31), json!(60)).await, @"BAD_USER_INPUT: claim_flow_runs: input.wait_seconds: 31 is too long: use 0 to 30 and ask again");
    insta::assert_snapshot!(claim(json!(1), json!(0), json!(0)).await, @"BAD_USER_INPUT: lease_seconds is 0: use 1 to 3600");
    insta::assert_snapshot!(server.refused("claim_flow_runs", CLAIM, json!({"agent_id": NOBODY, "limit": 1})).await, @"NOT_FOUND: agent 00000000-0000-4000-8000-00000000dead not found: register it first");
    let report = async |report: Value| {
        server.refused("report_launches", LAUNCHES, json!({"agent_id": agent_id, "reports": [report]})).await
    };
    insta::assert_snapshot!(report(json!({"launch_id": NOBODY})).await, @"BAD_USER_INPUT: report_launches: input.reports[0]: missing field `occurred_at`");
    insta::assert_snapshot!(report(json!({"launch_id": NOBODY, "occurred_at": "2026-11-24T03:00:00Z", "phase": "flying"})).await, @"BAD_USER_INPUT: report_launches: input.reports[0].phase: unknown variant `flying`, expected one of `claimed`, `submitted`, `scheduled`, `pulled`, `started`, `ended`");
}
