//! `castra preflight` as people and scripts meet it.

use serde_json::json;

use crate::support::{World, eventually, flow, witness_program};

#[tokio::test]
async fn run_configs_are_checked_before_anything_is_launched() {
    let world = World::new().await;
    let file = world.path("run_config.json");
    let path = file.to_str().unwrap();
    std::fs::write(&file, json!({"type": "LocalRun", "env": {"A=B": "c"}}).to_string()).unwrap();
    let answer = world.castra(&["preflight", "--run-config", path, "--label", "dev", "-o", "json"]);
    insta::assert_snapshot!(answer, @r#"
    exit code 1
    [
      {
        "field": "env",
        "severity": "error",
        "message": "\"A=B\" cannot name an environment variable: a name is not empty and holds neither `=` nor NUL"
      },
      {
        "field": "labels",
        "severity": "warning",
        "message": "no live agent of type LocalAgent covers the labels `dev`: start one that has them, or give the runs other labels"
      }
    ]
    "#);

    world.api.register(flow::script("etl", "exit 0")).await;
    let table = world.castra(&["preflight", "etl"]).to_string();
    let table = table.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
    insta::assert_snapshot!(table, @"
    exit code 0
     SEVERITY  FIELD   MESSAGE
     warning   labels  no live agent of type LocalAgent is without labels, and runs without labels go only to such: start one, or give the runs labels
    ");
    let _agent = world.agent("agent", &[]);
    eventually("the agent takes the flow's runs", async || {
        match world.castra(&["preflight", "etl", "--project", "tests"]).to_string() {
            answer if answer == "exit code 0\nNothing is wrong.\n" => Ok(()),
            answer => Err(json!(answer)),
        }
    })
    .await;
    insta::assert_snapshot!(world.castra(&["preflight", "missing"]), @"
    exit code 3
    error: there is no flow `missing`; `castra get flows` lists what there is
    ");
    assert_eq!(world.castra(&["preflight"]).code, 2);
}

#[tokio::test]
async fn a_flow_is_registered_with_a_warning() {
    let world = World::new().await;
    let program = witness_program();
    let answer = world.castra(&["register", program.to_str().unwrap(), "--project", "tests"]);
    assert_eq!(answer.code, 0, "{answer}");
    let expected = "warning: run config of `witness`: labels: no live agent is without labels";
    assert!(answer.stderr.starts_with(expected), "{answer}");
}
