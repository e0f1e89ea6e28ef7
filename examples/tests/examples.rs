//! The examples do what they say.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail like tests")]

use castra::{FlowResult, StateKind};
use castra_examples::{airports, daylight, flaky};

fn states(result: &FlowResult, slug: &str) -> Vec<StateKind> {
    let task_run = result.task_runs().iter().find(|run| run.slug == slug).unwrap();
    task_run.states.iter().map(|timed| timed.state.kind()).collect()
}

#[tokio::test]
async fn airports_are_written_to_a_file() {
    let result = airports::flow().run().parameter("country", "IS").await.unwrap();
    assert!(result.is_successful(), "{}", result.state().message());
    let path: String = result.result("load-1").unwrap();
    let csv = std::fs::read_to_string(&path).unwrap();
    std::fs::remove_file(path).unwrap();
    assert!(csv.contains("KEF,\"Keflavik International Airport\",52,3066\n"), "{csv}");
}

#[tokio::test]
async fn a_thousand_airports_have_a_day() {
    let result = daylight::flow().run().await.unwrap();
    let children = result.task_runs().iter().filter(|run| run.map_index.is_some());
    assert_eq!(children.filter(|run| run.kind() == StateKind::Success).count(), 1_000);
}

#[tokio::test]
async fn the_source_answers_at_the_third_attempt() {
    use StateKind::{Failed, Retrying, Running, Skipped, Success};
    let result = flaky::flow().run().await.unwrap();
    let fetch = [Running, Failed, Retrying, Running, Failed, Retrying, Running, Success];
    assert_eq!(states(&result, "fetch-1"), fetch);
    assert_eq!(states(&result, "publish-1"), [Running, Skipped]);
    assert!(result.is_successful());
}
