//! Flows without Rust's types: values of another language, tasks that judge, repeat and are heard of.

use std::sync::{Arc, Mutex};

use castra::StateKind::{Failed, Looped, Mapped, Retrying, Running, Success, TriggerFailed};
use castra::untyped::{
    Attempt, Call, Data, Foreign, GivenTaskRun, Input, Outcome, Part, StateHandler, UntypedTask, run,
};
use castra::{Flow, FlowResult, FlowRunContext, State, StateKind};
use castra_core::graph::{FunctionReference, Task};

use crate::states;

/// A value of a language that counts in strokes.
struct Strokes(usize);

impl Foreign for Strokes {
    fn items(&self) -> Option<Vec<Data>> {
        Some((0..self.0).map(strokes).collect())
    }

    fn flattens(&self) -> bool {
        true
    }
}

fn strokes(count: usize) -> Data {
    Data::Foreign(Arc::new(Strokes(count)))
}

fn count(data: &Data) -> usize {
    let Data::Foreign(value) = data else { panic!("{data:?} is no value of that language") };
    let value: &dyn std::any::Any = &**value;
    value.downcast_ref::<Strokes>().unwrap().0
}

/// A task that does this with what it is given.
fn task(
    name: &str,
    inputs: &[(usize, Part)],
    function: impl Fn(Call) -> Outcome + Send + Sync + 'static,
) -> UntypedTask {
    let input = |&(task, part): &(usize, Part)| (Some("x".to_owned()), Input::Result { task, part });
    UntypedTask {
        task: Task::new(name, name, "strokes.Task"),
        inputs: inputs.iter().map(input).collect(),
        after: Vec::new(),
        parameter: None,
        function: Arc::new(move |call| -> Attempt { Box::pin(std::future::ready(function(call))) }),
        handler: None,
    }
}

/// A flow of one task that gives so many strokes.
fn begun(given: usize) -> Flow {
    let mut flow = Flow::new("strokes");
    flow.add_untyped(task("given", &[], move |_| Outcome::success(strokes(given)))).unwrap();
    flow
}

async fn begun_with(flow: &Flow, begin_with: Vec<GivenTaskRun>) -> FlowResult {
    run(flow, FlowRunContext::default(), begin_with, false, std::future::pending()).await.unwrap()
}

async fn result_of(flow: &Flow) -> FlowResult {
    begun_with(flow, Vec::new()).await
}

fn result<'r>(result: &'r FlowResult, slug: &str) -> &'r Data {
    result.untyped_results().find(|(known, _)| *known == slug).unwrap().1
}

fn counts(data: &Data) -> Vec<usize> {
    let Data::List(items) = data else { panic!("{data:?} is no list") };
    items.iter().map(count).collect()
}

#[tokio::test]
async fn values_of_another_language_are_passed_on_mapped_over_and_flattened() {
    let mut flow = begun(3);
    let double = |call: Call| Outcome::success(strokes(2 * count(&call.inputs[0])));
    flow.add_untyped(task("doubled", &[(0, Part::Each)], double)).unwrap();
    let items = |call: Call| Outcome::success(strokes(counts(&call.inputs[0]).len()));
    flow.add_untyped(task("flat", &[(1, Part::Flattened)], items)).unwrap();
    let result_of = result_of(&flow).await;
    assert_eq!(states(&result_of, "doubled", None), [Mapped]);
    assert_eq!(counts(result(&result_of, "doubled")), [0, 2, 4]);
    assert_eq!(count(result(&result_of, "flat")), 6);
}

#[tokio::test]
async fn a_task_that_judges_for_itself_is_told_how_those_before_it_ended() {
    let mut flow = begun(2);
    let invert = |call: Call| match count(&call.inputs[0]) {
        0 => Outcome::Failed(State::new(Failed, "no strokes"), strokes(9)),
        strokes => Outcome::success(self::strokes(strokes)),
    };
    flow.add_untyped(task("inverted", &[(0, Part::Each)], invert)).unwrap();
    let mut judging = task("judging", &[(1, Part::Whole)], |call| {
        assert_eq!((call.upstream[0].kind, &call.upstream[0].children), (Mapped, &vec![Failed, Success]));
        assert_eq!(counts(&call.upstream[0].data), [9, 1]);
        Outcome::Ended(State::new(TriggerFailed, "not so"), Data::nothing())
    });
    judging.task.trigger = Some(FunctionReference::new("strokes.judge"));
    flow.add_untyped(judging).unwrap();
    assert_eq!(states(&result_of(&flow).await, "judging", None), [Running, TriggerFailed]);
}

#[tokio::test]
async fn a_task_repeats_itself_round_by_round() {
    let mut flow = Flow::new("strokes");
    let grow = |call: Call| match call.rounds.number {
        1 => Outcome::Looped(State::new(Looped, ""), strokes(1)),
        2 => Outcome::Looped(State::new(Looped, ""), strokes(count(&call.rounds.result) + 1)),
        _ => Outcome::success(call.rounds.result),
    };
    flow.add_untyped(task("grown", &[], grow)).unwrap();
    let result_of = result_of(&flow).await;
    assert_eq!(count(result(&result_of, "grown")), 2);
    assert_eq!(states(&result_of, "grown", None), [Running, Looped, Running, Looped, Running, Success]);
}

#[tokio::test]
async fn a_handler_hears_of_every_state_and_may_name_another() {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let hears = Arc::clone(&heard);
    let make_good = move |entering: &castra::untyped::Entering<'_>| {
        hears.lock().unwrap().push((entering.old.kind(), entering.new.kind()));
        (entering.new.kind() == Failed).then(|| (State::new(Success, "made good"), strokes(5)))
    };
    let mut flow = Flow::new("strokes");
    let failing = task("failing", &[], |_| Outcome::Failed(State::new(Failed, "no"), Data::nothing()));
    flow.add_untyped(UntypedTask { handler: Some(StateHandler::new(make_good)), ..failing }).unwrap();
    let result_of = result_of(&flow).await;
    assert_eq!(count(result(&result_of, "failing")), 5);
    assert!(result_of.is_successful());
    assert_eq!(*heard.lock().unwrap(), [(StateKind::Pending, Running), (Running, Failed)]);
}

#[tokio::test]
async fn what_a_handler_makes_a_failure_of_is_tried_again_while_retries_are_left() {
    let doubt = |entering: &castra::untyped::Entering<'_>| {
        let is_doubted = entering.new.kind() == Success;
        is_doubted.then(|| (State::new(Failed, "too good to be true"), Data::nothing()))
    };
    let mut flow = Flow::new("strokes");
    let mut doubted = task("doubted", &[], |_| Outcome::success(strokes(1)));
    doubted.task.max_retries = 1;
    flow.add_untyped(UntypedTask { handler: Some(StateHandler::new(doubt)), ..doubted }).unwrap();
    let result_of = result_of(&flow).await;
    assert_eq!(states(&result_of, "doubted", None), [Running, Failed, Retrying, Running, Failed]);
}

#[tokio::test]
async fn what_a_task_waits_for_is_in_the_flow_already() {
    let mut flow = Flow::new("strokes");
    let early = task("early", &[(1, Part::Whole)], |_| Outcome::success(strokes(0)));
    assert!(flow.add_untyped(early).is_err());
}
