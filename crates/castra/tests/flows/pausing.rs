//! Tasks that wait for somebody.

use castra::StateKind::{Paused, Running, Success, TriggerFailed};
use castra::untyped::{Data, GivenTaskRun, run};
use castra::{Flow, FlowResult, FlowRunContext, State, StateKind, Trigger};
use serde_json::json;

use crate::{end, message, states};

async fn figures() -> anyhow::Result<u64> {
    Ok(21)
}

async fn double(number: u64) -> anyhow::Result<u64> {
    Ok(2 * number)
}

async fn ask(number: u64) -> anyhow::Result<u64> {
    if !castra::context().resumed {
        return Err(castra::pause("publish these figures?"));
    }
    Ok(number)
}

/// figures → ask → double, and beside them another task that takes the figures.
fn asking() -> Flow {
    let mut flow = Flow::new("asking");
    let number = flow.task("figures", figures).call(());
    let asked = flow.task("ask", ask).call(number);
    flow.task("double", double).call(asked);
    flow.task("other", double).call(number);
    flow
}

fn in_state(task: usize, kind: StateKind, result: serde_json::Value) -> GivenTaskRun {
    GivenTaskRun { task, map_index: None, state: State::new(kind, ""), data: Data::new(result) }
}

async fn begun_with(flow: &Flow, states: Vec<GivenTaskRun>) -> FlowResult {
    run(flow, FlowRunContext::default(), states, false, std::future::pending()).await.unwrap()
}

#[tokio::test]
async fn what_does_not_wait_for_a_paused_task_goes_on_and_the_run_does_not_end() {
    let result = asking().run().await.unwrap();
    assert_eq!((result.state().kind(), result.is_successful()), (Running, false));
    insta::assert_snapshot!(result.state().message(), @"Paused task runs hold it up: ask-1.");
    assert_eq!(
        (states(&result, "ask-1", None), states(&result, "double-1", None)),
        (vec![Running, Paused], vec![])
    );
    insta::assert_snapshot!(message(&result, "ask-1"), @"publish these figures?");
    assert_eq!(result.result::<u64>("other-1").unwrap(), 42);
}

#[tokio::test]
async fn a_resumed_task_runs_anew_and_what_has_ended_does_not() {
    let given = vec![in_state(0, Success, json!(5)), in_state(1, StateKind::Resume, json!(null))];
    let result = begun_with(&asking(), given).await;
    assert_eq!(result.state().kind(), Success);
    assert_eq!(states(&result, "figures-1", None), [Success]);
    assert_eq!(states(&result, "ask-1", None), [StateKind::Resume, Running, Success]);
    assert_eq!(result.result::<u64>("double-1").unwrap(), 10);
}

#[tokio::test]
async fn a_task_with_manual_only_waits_however_the_tasks_before_it_ended() {
    let mut flow = Flow::new("manual");
    let failed = flow.task("fail", async || Err::<(), _>(castra::fail("no"))).call(());
    let publish = flow.task("publish", figures).trigger(Trigger::ManualOnly).after(failed).call(());
    flow.task("after", double).call(publish);
    let result = flow.run().await.unwrap();
    assert_eq!((result.state().kind(), states(&result, "publish-1", None)), (Running, vec![Paused]));
    insta::assert_snapshot!(message(&result, "publish-1"), @"It waits for somebody to say that it may run.");

    let given =
        vec![in_state(0, StateKind::Failed, json!(null)), in_state(1, StateKind::Resume, json!(null))];
    let result = begun_with(&flow, given).await;
    assert_eq!((result.state().kind(), result.result::<u64>("after-1").unwrap()), (Success, 42));
}

#[tokio::test]
async fn a_task_that_failed_before_fails_what_waits_for_it() {
    let result = begun_with(&asking(), vec![in_state(1, StateKind::Failed, json!(null))]).await;
    assert_eq!((result.state().kind(), end(&result, "double-1")), (StateKind::Failed, TriggerFailed));
}
