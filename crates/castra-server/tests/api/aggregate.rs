use serde_json::json;

use crate::server::TestServer;

#[tokio::test]
async fn projects_count_their_flows_by_name() {
    let server = TestServer::seeded().await;
    let answer = server
        .data(
            "{ project(order_by: {name: asc}) { name
                 flows_aggregate(distinct_on: name) { aggregate { count } }
                 all: flows_aggregate { aggregate { n: count max { version created } } nodes { version } } } }",
        )
        .await;
    insta::assert_json_snapshot!(answer, @r#"
    {
      "project": [
        {
          "name": "empty",
          "flows_aggregate": {
            "aggregate": {
              "count": 0
            }
          },
          "all": {
            "aggregate": {
              "n": 0,
              "max": {
                "version": null,
                "created": null
              }
            },
            "nodes": []
          }
        },
        {
          "name": "nightly",
          "flows_aggregate": {
            "aggregate": {
              "count": 1
            }
          },
          "all": {
            "aggregate": {
              "n": 2,
              "max": {
                "version": 2,
                "created": "2026-01-02T00:00:00.000000+00:00"
              }
            },
            "nodes": [
              {
                "version": 1
              },
              {
                "version": 2
              }
            ]
          }
        }
      ]
    }
    "#);
}

#[tokio::test]
async fn figures_are_over_the_rows_that_are_chosen() {
    let server = TestServer::seeded().await;
    let answer = server
        .data("{ task_aggregate(where: {name: {_eq: \"load\"}}) { aggregate { sum { max_retries } avg { retry_delay } } } }")
        .await;
    let aggregate = json!({"sum": {"max_retries": 3}, "avg": {"retry_delay": 10.5}});
    assert_eq!(answer, json!({"task_aggregate": {"aggregate": aggregate}}));
}
