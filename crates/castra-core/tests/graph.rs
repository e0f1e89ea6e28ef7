//! Flow graphs: what makes one, the order of its tasks, and the wire form of the flow around it.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail their test")]

use castra_core::graph::{
    Edge, FlowGraph, GraphError, Parameter, SerializedFlow, Task, read_edges, read_tasks,
};
use insta::assert_snapshot;
use proptest::prelude::*;
use serde_json::{Value, json};

fn tasks(slugs: &[&str]) -> Vec<Task> {
    slugs.iter().map(|slug| Task::new(*slug, *slug, "tests.Task")).collect()
}

fn edges(pairs: &[(&str, &str)]) -> Vec<Edge> {
    pairs.iter().map(|(upstream, downstream)| Edge::new(*upstream, *downstream)).collect()
}

fn graph(slugs: &[&str], pairs: &[(&str, &str)]) -> Result<FlowGraph, GraphError> {
    FlowGraph::new(tasks(slugs), edges(pairs), Vec::new())
}

fn slugs<'a>(tasks: impl IntoIterator<Item = &'a Task>) -> String {
    tasks.into_iter().map(|task| task.slug.as_str()).collect::<Vec<_>>().join(" ")
}

#[test]
fn tasks_come_after_those_they_wait_for() {
    let diamond = graph(
        &["load", "clean", "extract", "check"],
        &[("extract", "clean"), ("extract", "check"), ("clean", "load"), ("check", "load")],
    )
    .unwrap();
    assert_eq!(slugs(diamond.in_order()), "extract clean check load");
    assert_eq!(slugs(diamond.root_tasks()), "extract");
    assert_eq!(slugs(diamond.terminal_tasks()), "load");
    assert_eq!(slugs(diamond.reference_tasks()), "load");
    let upstream: Vec<_> = diamond.edges_into("load").map(|edge| edge.upstream.as_str()).collect();
    assert_eq!(upstream, ["clean", "check"]);
    let downstream: Vec<_> = diamond.edges_out_of("extract").map(|edge| edge.downstream.as_str()).collect();
    assert_eq!(downstream, ["clean", "check"]);
}

#[test]
fn reference_tasks_decide_instead_of_terminal_tasks() {
    let flow = FlowGraph::new(tasks(&["work", "tidy"]), edges(&[("work", "tidy")]), vec!["work".to_owned()]);
    assert_eq!(slugs(flow.unwrap().reference_tasks()), "work");
}

#[test]
fn a_task_is_mapped_by_an_edge_into_it() {
    let flow = FlowGraph::new(
        tasks(&["list", "each"]),
        vec![Edge::new("list", "each").with_key("item").mapped()],
        Vec::new(),
    )
    .unwrap();
    assert!(flow.is_mapped("each") && !flow.is_mapped("list") && !flow.is_mapped("nobody"));
}

#[test]
fn what_is_wrong_is_named() {
    let error = |result: Result<FlowGraph, GraphError>| result.unwrap_err().to_string();
    assert_snapshot!(error(graph(&["a", "b", "a"], &[])), @r#"
    two tasks have the slug "a"; every task of a flow needs its own
    "#);
    assert_snapshot!(error(graph(&["a"], &[("a", "b")])), @r#"
    the edge "a" → "b" names the unknown task "b"; add the task or drop the edge
    "#);
    assert_snapshot!(error(graph(&["z", "a", "b", "c"], &[("a", "b"), ("b", "c"), ("c", "a"), ("a", "z")])), @"the tasks wait for each other: a → b → c → a; drop one of these edges");
    assert_snapshot!(error(graph(&["a"], &[("a", "a")])), @"the tasks wait for each other: a → a; drop one of these edges");
    let twice = vec![Edge::new("a", "c").with_key("x"), Edge::new("b", "c").with_key("x")];
    assert_snapshot!(error(FlowGraph::new(tasks(&["a", "b", "c"]), twice, Vec::new())), @r#"
    the task "c" gets its argument "x" from both "a" and "b"; one of them must go
    "#);
    let elsewhere = vec!["elsewhere".to_owned()];
    assert_snapshot!(error(FlowGraph::new(tasks(&["a"]), Vec::new(), elsewhere)), @r#"
    the reference task "elsewhere" is not a task of the flow
    "#);
}

#[test]
fn a_bad_field_of_a_serialized_flow_is_named_by_its_path() {
    let error = |change: fn(&mut Value)| {
        let mut wire = wire_flow();
        change(&mut wire);
        SerializedFlow::from_json(&wire).unwrap_err().to_string()
    };
    assert_snapshot!(error(|wire| wire["tasks"][1]["slug"] = json!(7)), @"flow.tasks[1].slug: expected a string, found 7");
    assert_snapshot!(error(|wire| wire["tasks"][1]["max_retries"] = json!(-1)), @"flow.tasks[1].max_retries: expected a whole number from 0 on, found -1");
    assert_snapshot!(error(|wire| wire["edges"][0]["upstream_task"] = json!("p")), @r#"
    flow.edges[0].upstream_task: expected an object, found "p"
    "#);
    assert_snapshot!(error(|wire| wire["parameters"] = json!({})), @"flow.parameters: expected a list, found {}");
    assert_snapshot!(error(|wire| wire["schedule"] = json!({"clocks": [{"type": "CronClock", "cron": "daily"}]})), @r#"
    flow.schedule.clocks[0].cron: "daily" is not a cron expression (Invalid pattern: Pattern must have between 5 and 7 fields); write minute, hour, day of month, month and day of week, for example "0 9 * * MON-FRI"
    "#);
    assert_snapshot!(SerializedFlow::from_json(&json!([])).unwrap_err().to_string(), @"flow: expected an object, found []");
}

#[test]
fn a_flow_of_prefect_is_read_and_written_unchanged() {
    let flow = SerializedFlow::from_json(&wire_flow()).unwrap();
    assert_eq!(flow.to_json(), wire_flow());
    let graph = flow.graph().unwrap();
    assert_eq!(slugs(graph.in_order()), "p f-1");
    assert!(graph.is_mapped("f-1"));
    assert_eq!(flow.parameters, [Parameter::with_default("p", json!([1, 2]))]);
}

#[test]
fn a_flow_comes_without_its_tasks_and_edges_when_they_are_registered_in_batches() {
    let mut wire = wire_flow();
    let tasks = wire.as_object_mut().unwrap().remove("tasks").unwrap();
    let edges = wire.as_object_mut().unwrap().remove("edges").unwrap();
    let mut flow = SerializedFlow::from_json(&wire).unwrap();
    flow.tasks = read_tasks("serialized_tasks", &tasks).unwrap();
    flow.edges = read_edges("serialized_edges", &edges).unwrap();
    assert_eq!(flow.to_json(), wire_flow());
    let error = read_tasks("serialized_tasks", &json!([{"name": "a"}])).unwrap_err();
    assert_snapshot!(error.to_string(), @"serialized_tasks[0].slug: expected a string, found nothing");
}

/// What prefect 1.4.1 serializes for a flow that maps a function task over a parameter.
fn wire_flow() -> Value {
    let never_use = json!({"fn": "prefect.engine.cache_validators.never_use", "kwargs": {}});
    let all_successful = json!({"fn": "prefect.triggers.all_successful", "kwargs": {}});
    json!({
        "name": "squares",
        "type": "prefect.core.flow.Flow",
        "schedule": null,
        "parameters": [{
            "default": [1, 2], "required": false, "tags": [], "name": "p", "slug": "p",
            "type": "prefect.core.parameter.Parameter", "outputs": "typing.Any", "__version__": "1.4.1",
        }],
        "tasks": [
            {
                "slug": "f-1", "name": "f", "type": "prefect.tasks.core.function.FunctionTask", "tags": ["math"],
                "max_retries": 2, "retry_delay": 10, "timeout": 60, "trigger": all_successful,
                "skip_on_upstream_skip": true, "cache_for": 86400, "cache_key": null,
                "cache_validator": {"fn": "prefect.engine.cache_validators.partial_inputs_only", "kwargs": {"validate_on": ["x"]}},
                "auto_generated": false, "inputs": {"x": {"required": true, "type": "typing.Any"}},
                "outputs": "typing.Any", "__version__": "1.4.1",
            },
            {
                "slug": "p", "name": "p", "type": "prefect.core.parameter.Parameter", "tags": [],
                "max_retries": 0, "retry_delay": null, "timeout": null, "trigger": all_successful,
                "skip_on_upstream_skip": true, "cache_for": null, "cache_key": null, "cache_validator": never_use,
                "auto_generated": false, "inputs": {}, "outputs": "typing.Any", "__version__": "1.4.1",
            },
        ],
        "edges": [{
            "upstream_task": {"slug": "p", "__version__": "1.4.1"},
            "downstream_task": {"slug": "f-1", "__version__": "1.4.1"},
            "key": "x", "mapped": true, "flattened": false, "__version__": "1.4.1",
        }],
        "reference_tasks": [{"slug": "f-1", "__version__": "1.4.1"}],
        "run_config": {"type": "UniversalRun", "labels": ["dev"], "env": null, "__version__": "1.4.1"},
        "storage": null,
        "__version__": "1.4.1",
    })
}

/// Up to 12 tasks and any edges between them.
fn any_edges() -> impl Strategy<Value = (usize, Vec<(usize, usize)>)> {
    (1usize..12).prop_flat_map(|count| (Just(count), prop::collection::vec((0..count, 0..count), 0..20)))
}

proptest! {
    #[test]
    fn the_order_respects_every_edge_or_a_real_cycle_is_named((count, pairs) in any_edges()) {
        let names: Vec<String> = (0..count).map(|index| format!("t{index}")).collect();
        let tasks: Vec<Task> = names.iter().map(|name| Task::new(name, name, "tests.Task")).collect();
        let edges: Vec<Edge> = pairs.iter().map(|&(from, to)| Edge::new(&names[from], &names[to])).collect();
        match FlowGraph::new(tasks, edges.clone(), Vec::new()) {
            Ok(graph) => {
                let order: Vec<&str> = graph.in_order().map(|task| task.slug.as_str()).collect();
                prop_assert_eq!(order.len(), count);
                let position = |slug: &str| order.iter().position(|other| *other == slug).unwrap();
                prop_assert!(edges.iter().all(|edge| position(&edge.upstream) < position(&edge.downstream)));
            }
            Err(GraphError::Cycle { path }) => {
                prop_assert!(path.len() >= 2);
                prop_assert_eq!(path.first(), path.last());
                let has_edge = |step: &[String]| {
                    edges.iter().any(|edge| edge.upstream == step[0] && edge.downstream == step[1])
                };
                prop_assert!(path.windows(2).all(has_edge), "{path:?}");
            }
            Err(other) => prop_assert!(false, "{other}"),
        }
    }
}
