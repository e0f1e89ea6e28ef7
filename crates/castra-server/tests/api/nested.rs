//! Relations, aliases, fragments: one statement, however deep.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

use crate::server::TestServer;

#[tokio::test]
async fn relations_are_followed_both_ways() {
    let server = TestServer::seeded().await;
    let answer = server
        .data(
            "{ flow_run(where: {task_runs: {state_start_time: {_lte: \"2026-01-03T00:00:14+00:00\"}}}) {
                 name parameters labels auto_scheduled start_time end_time
                 flow { version run_config project { name tenant { slug } } flow_group { labels } }
                 task_runs(where: {map_index: {_eq: -1}}) { version serialized_state task { slug max_retries retry_delay } }
                 logs(order_by: {timestamp: desc}) { timestamp message info }
                 launches { phase handle lease_seconds }
                 agent { id }
               } }",
        )
        .await;
    insta::assert_json_snapshot!(answer, @r#"
    {
      "flow_run": [
        {
          "name": "brave-otter",
          "parameters": {
            "n": 2
          },
          "labels": [
            "dev"
          ],
          "auto_scheduled": false,
          "start_time": "2026-01-03T00:00:02.000000+00:00",
          "end_time": null,
          "flow": {
            "version": 2,
            "run_config": {
              "type": "LocalRun",
              "labels": [
                "dev"
              ]
            },
            "project": {
              "name": "nightly",
              "tenant": {
                "slug": "acme"
              }
            },
            "flow_group": {
              "labels": null
            }
          },
          "task_runs": [
            {
              "version": 2,
              "serialized_state": {
                "type": "Retrying"
              },
              "task": {
                "slug": "load-1",
                "max_retries": 3,
                "retry_delay": 10.5
              }
            }
          ],
          "logs": [
            {
              "timestamp": "2026-01-03T00:00:02.000002+00:00",
              "message": "it's \"broken\"",
              "info": null
            },
            {
              "timestamp": "2026-01-03T00:00:02.000001+00:00",
              "message": "begins",
              "info": null
            }
          ],
          "launches": [
            {
              "phase": "started",
              "handle": {
                "pid": 4711
              },
              "lease_seconds": 60
            }
          ],
          "agent": null
        }
      ]
    }
    "#);
}

#[tokio::test]
async fn the_same_relation_may_be_asked_for_twice_under_two_names() {
    let server = TestServer::seeded().await;
    let answer = server
        .data(
            "query($mapped: Boolean! = true) {
               flows: flow(where: {version: {_eq: 2}}) {
                 mapped: tasks(where: {mapped: {_eq: $mapped}}) { slug }
                 others: tasks(where: {mapped: {_eq: false}}) { ...names title: name }
                 __typename
               }
             }
             fragment names on task { slug ... on task { __typename } name @skip(if: true) id @include(if: false) }",
        )
        .await;
    let task = json!({"slug": "load-1", "__typename": "task", "title": "load"});
    let flow = json!({"mapped": [{"slug": "clean-1"}], "others": [task], "__typename": "flow"});
    assert_eq!(answer, json!({"flows": [flow]}));
}

#[tokio::test]
async fn mentions_of_one_field_are_merged() {
    let server = TestServer::seeded().await;
    let answer = server.data("{ flow(limit: 1) { project { name } ... { project { description } } } }").await;
    assert_eq!(answer, json!({"flow": [{"project": {"name": "nightly", "description": "by night"}}]}));
    let conflict = "{ flow { project { it: name } project { it: id } } }";
    insta::assert_snapshot!(server.error(conflict).await, @"BAD_USER_INPUT: `it` is asked for twice in different ways: give one of them another name");
}

#[tokio::test]
async fn every_root_field_is_one_statement() {
    let counted = Arc::new(AtomicUsize::new(0));
    let subscriber = tracing_subscriber::registry().with(Statements(counted.clone()));
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let server = TestServer::seeded().await;
    let inner = "id flow { id tasks { id task_runs { id } } } logs { id } task_runs { task { id } }";
    for (document, statements) in [
        (format!("{{ flow_run {{ {inner} }} }}"), 1),
        (format!("{{ flow_run_aggregate {{ aggregate {{ count }} nodes {{ {inner} }} }} }}"), 1),
        (format!("{{ a: flow_run {{ {inner} }} b: flow_run {{ {inner} }} }}"), 2),
    ] {
        counted.store(0, Ordering::SeqCst);
        server.data(&document).await;
        assert_eq!(counted.load(Ordering::SeqCst), statements, "{document}");
    }
}

/// Counts the statements that the store tells of.
struct Statements(Arc<AtomicUsize>);

impl<S: tracing::Subscriber> Layer<S> for Statements {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        if event.metadata().fields().field("statement").is_some() {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
}
