//! Flow-run processes against a stand-in for the server: what they tell it, and what they do when it says stop, is away or
//! refuses.

use std::sync::{Arc, Mutex};

use axum::extract::State as Shared;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use castra_core::run_report::{FlowRunReport, KnownTaskRun, StartedFlowRun};
use castra_core::state::{State, StateKind};
use serde_json::{Map, Value, json};
use tokio::runtime::Handle;
use uuid::Uuid;

use super::execute::{Assignment, ExecuteError, find, track};
use crate::flow::{EndHandler, Flow};
use crate::logs::LogLevel;
use crate::output::Output;

/// How the stand-in answers a report.
#[derive(Clone, Copy)]
enum Answer {
    GoOn,
    Stop,
    Unavailable,
    Refuse,
}

struct StandIn {
    started: StartedFlowRun,
    /// The answers to the first reports; all later ones are taken.
    answers: Vec<Answer>,
    reports: Mutex<Vec<FlowRunReport>>,
}

async fn answer(
    Shared(server): Shared<Arc<StandIn>>,
    Json(request): Json<Value>,
) -> (StatusCode, Json<Value>) {
    if request["query"].as_str().unwrap().contains("start_flow_run") {
        let started = json!({"data": {"start_flow_run": {"flow_run": server.started}}});
        return (StatusCode::OK, Json(started));
    }
    let report = serde_json::from_value(request["variables"]["input"].clone()).unwrap();
    let mut reports = server.reports.lock().unwrap();
    let answer = server.answers.get(reports.len()).copied().unwrap_or(Answer::GoOn);
    reports.push(report);
    let standing = |stop: bool| json!({"data": {"report_flow_run": {"stop": stop}}});
    match answer {
        Answer::GoOn => (StatusCode::OK, Json(standing(false))),
        Answer::Stop => (StatusCode::OK, Json(standing(true))),
        Answer::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, Json(json!({}))),
        Answer::Refuse => {
            (StatusCode::OK, Json(json!({"errors": [{"message": "State update failed: fenced"}]})))
        }
    }
}

/// What a process told the stand-in, and how it ended.
struct Told {
    reports: Vec<FlowRunReport>,
    ended: Result<(), ExecuteError>,
}

impl Told {
    /// The states of a task's only run, over all reports.
    fn states(&self, slug: &str) -> Vec<StateKind> {
        let task_runs = self.reports.iter().flat_map(|report| &report.task_runs);
        let states = task_runs.filter(|run| run.task_slug == slug).flat_map(|run| &run.states);
        states.map(|timed| timed.state.kind()).collect()
    }

    fn end(&self) -> &State {
        self.reports.last().and_then(|report| report.state.as_ref()).unwrap()
    }
}

/// Runs `flow` as an agent would, with task runs known from an earlier launch.
async fn run(flow: Flow, known: &[(&str, StateKind)], answers: Vec<Answer>) -> Told {
    let known = known.iter().map(|(slug, kind)| KnownTaskRun {
        id: Uuid::new_v4(),
        task_slug: (*slug).to_owned(),
        map_index: -1,
        state: State::new(*kind, ""),
    });
    let started = StartedFlowRun {
        id: Uuid::from_u128(7),
        name: "brave-otter".to_owned(),
        flow_name: "flow".to_owned(),
        parameters: Map::new(),
        context: Map::new(),
        scheduled_start_time: None,
        storage: Value::Null,
        task_runs: known.collect(),
    };
    let server = Arc::new(StandIn { started, answers, reports: Mutex::default() });
    let router = Router::new().route("/graphql", post(answer)).with_state(Arc::clone(&server));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let api = format!("http://{}", listener.local_addr().unwrap());
    let serving = tokio::spawn(async move { axum::serve(listener, router).await });
    let assignment = Assignment {
        api,
        credential: None,
        flow_run_id: Uuid::from_u128(7),
        log_level: LogLevel::default(),
        send_logs: true,
    };
    let flows = [flow];
    let load = async |started: &StartedFlowRun| find(&flows, started);
    let ended = track(load, &assignment, &Handle::current()).await;
    serving.abort();
    let reports = server.reports.lock().unwrap().clone();
    Told { reports, ended }
}

async fn one() -> anyhow::Result<u64> {
    Ok(1)
}

async fn double(number: u64) -> anyhow::Result<u64> {
    Ok(2 * number)
}

async fn for_ever() -> anyhow::Result<()> {
    std::future::pending().await
}

fn two_tasks() -> Flow {
    let mut flow = Flow::new("flow");
    let number = flow.task("one", one).call(());
    flow.task("double", double).call(number);
    flow
}

fn endless() -> Flow {
    let mut flow = Flow::new("flow");
    flow.task("for_ever", for_ever).call(());
    flow
}

use StateKind::{Cancelled, Failed, Paused, Pending, Resume, Running, Success};

#[tokio::test]
async fn a_short_run_costs_one_report() {
    let told = run(two_tasks(), &[], Vec::new()).await;
    assert!(told.ended.is_ok());
    assert_eq!(told.reports.len(), 1);
    assert_eq!(told.states("one-1"), [Running, Success]);
    assert_eq!(told.states("double-1"), [Running, Success]);
    assert_eq!(told.end().kind(), Success);
}

#[tokio::test]
async fn a_report_that_was_lost_is_sent_again() {
    let told = run(two_tasks(), &[], vec![Answer::Unavailable, Answer::Unavailable]).await;
    assert!(told.ended.is_ok());
    assert_eq!(told.reports.len(), 3);
    assert_eq!(told.reports[0], told.reports[2]);
}

#[tokio::test]
async fn a_run_is_cancelled_when_the_server_says_stop() {
    let told = run(endless(), &[], vec![Answer::Stop]).await;
    assert!(told.ended.is_ok());
    assert_eq!(told.states("for_ever-1"), [Running, Cancelled]);
    insta::assert_snapshot!(told.end().message(), @"The server asked for the end of the run.");
}

#[tokio::test]
async fn a_process_whose_launch_is_not_the_current_one_ends_and_tells_nothing_more() {
    let told = run(endless(), &[], vec![Answer::Refuse]).await;
    insta::assert_snapshot!(told.ended.unwrap_err(), @"State update failed: fenced");
    assert_eq!(told.reports.len(), 1);
}

#[tokio::test]
async fn what_ended_in_an_earlier_launch_runs_again_only_for_its_result() {
    let told = run(two_tasks(), &[("one-1", Success)], Vec::new()).await;
    assert_eq!(told.states("one-1"), [Pending, Running, Success]);
    assert_eq!(told.states("double-1"), [Running, Success]);

    let told = run(two_tasks(), &[("one-1", Success), ("double-1", Success)], Vec::new()).await;
    assert_eq!((told.states("one-1"), told.states("double-1")), (vec![], vec![]));
    assert_eq!(told.end().kind(), Success);
}

/// one → ask → double: the middle one pauses unless it is resumed.
fn asking() -> Flow {
    let mut flow = Flow::new("flow");
    let number = flow.task("one", one).call(());
    let asked = flow.task("ask", ask).call(number);
    flow.task("double", double).call(asked);
    flow.set_end_handler(EndHandler::new(|result| {
        assert!(result.state().kind().is_finished());
        None
    }));
    flow
}

async fn ask(number: u64) -> anyhow::Result<u64> {
    if crate::context().resumed { Ok(number) } else { Err(crate::pause("may I?")) }
}

#[tokio::test]
async fn the_process_of_a_run_that_waits_for_somebody_ends_and_the_run_does_not() {
    let told = run(asking(), &[], Vec::new()).await;
    assert!(told.ended.is_ok());
    assert_eq!((told.states("ask-1"), told.states("double-1")), (vec![Running, Paused], vec![]));
    assert_eq!(told.reports.last().unwrap().state, None);
}

#[tokio::test]
async fn a_run_whose_task_was_resumed_goes_on() {
    let told = run(asking(), &[("one-1", Success), ("ask-1", Resume)], Vec::new()).await;
    assert_eq!(told.states("one-1"), [Pending, Running, Success]);
    assert_eq!(
        (told.states("ask-1"), told.states("double-1")),
        (vec![Running, Success], vec![Running, Success])
    );
    assert_eq!(told.end().kind(), Success);
}

#[tokio::test]
async fn what_is_still_paused_stays_so_and_nothing_is_done_again_for_it() {
    let told = run(asking(), &[("one-1", Success), ("ask-1", Paused)], Vec::new()).await;
    assert!(told.ended.is_ok());
    assert_eq!((told.states("one-1"), told.states("ask-1")), (vec![], vec![]));
    assert_eq!(told.reports.last().unwrap().state, None);
}

#[tokio::test]
async fn the_flow_hears_of_the_end_before_the_server_does_and_may_change_it() {
    let mut flow = two_tasks();
    flow.set_end_handler(EndHandler::new(|result| {
        assert_eq!(result.result::<u64>("double-1").unwrap(), 2);
        Some(State::new(Failed, "not what was wanted"))
    }));
    let told = run(flow, &[], Vec::new()).await;
    assert_eq!((told.end().kind(), told.end().message()), (Failed, "not what was wanted"));
}

#[tokio::test]
async fn a_run_that_cannot_begin_says_why() {
    let told = run(Flow::new("other"), &[], Vec::new()).await;
    assert!(told.ended.is_ok());
    insta::assert_snapshot!(told.end().message(), @"The binary has no flow `flow`; it has `other`. Register the flow from the binary that has it.");

    let mut flow = Flow::new("flow");
    let _: Output<String> = flow.parameter("day").required();
    let told = run(flow, &[], Vec::new()).await;
    assert_eq!(told.end().kind(), Failed);
    insta::assert_snapshot!(told.end().message(), @"The flow cannot be run: the run needs the parameter day; give a value for each.");
}
