//! What the pages of the web UI read, and what a restart begins anew.

use castra_core::cause::Cause;
use castra_core::log_level::LogLevel;
use castra_core::state::{State, StateKind};
use castra_store::Change;
use castra_store::create_flow_run::{CreateFlowRun, FlowToRun, create_flow_run};
use castra_store::log::{NewLog, write_logs};
use castra_store::restart::restart_flow_run;
use castra_store::testing::TestStore;
use castra_store::view::agents::{agents, routes_waiting};
use castra_store::view::flows::{FlowPlace, flow, flows};
use castra_store::view::late::late_runs;
use castra_store::view::launches::launches;
use castra_store::view::logs::{Arrival, LogFilter, LogPlace, arrived_since, lines_after, lines_before};
use castra_store::view::overview::{counts, failures};
use castra_store::view::run::{run, states};
use castra_store::view::runs::{RunFilter, RunOrder, runs};
use castra_store::view::tasks::{edges, tasks};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use uuid::Uuid;

fn at(second: i64) -> Timestamp {
    "2026-01-01T00:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(second)
}

async fn log(test: &TestStore, flow_run_id: Uuid, second: i64, level: &str, message: &str) {
    let line = NewLog {
        flow_run_id,
        task_run_id: None,
        timestamp: Some(at(second)),
        name: None,
        level: level.to_owned(),
        message: message.to_owned(),
        info: None,
    };
    test.write(move |tx| write_logs(tx, &[line])).await;
}

fn all_of(flow_run_id: Uuid) -> LogFilter {
    LogFilter { flow_run_id, level: LogLevel::Debug, text: String::new() }
}

#[tokio::test]
async fn a_run_is_read_with_its_flow_and_where_its_run_config_came_from() {
    let test = TestStore::new();
    let flow_id = test.a_flow(&["dev"]).await;
    let first = test.a_run(flow_id).await;
    let own = CreateFlowRun {
        run_config: Some(json!({"type": "DockerRun"})),
        ..CreateFlowRun::of(FlowToRun::Flow(flow_id))
    };
    let second = test.write(move |tx| create_flow_run(tx, &own)).await.id;
    let read = test.write(move |tx| Ok((run(tx, first)?, run(tx, second)?, states(tx, first)?))).await;
    let sources = (read.0.run_config_source.as_deref(), read.1.run_config_source.as_deref());
    assert_eq!(sources, (Some("flow"), Some("run")));
    assert_eq!((read.0.flow.name.as_str(), read.0.flow.version), ("etl", 1));
    assert_eq!(read.2.iter().map(|state| state.state).collect::<Vec<_>>(), [StateKind::Scheduled]);
    assert!(test.refused(|tx| run(tx, Uuid::nil())).await.contains("not found"));
}

#[tokio::test]
async fn a_list_of_runs_goes_on_where_its_page_ended_and_holds_each_run_once() {
    let test = TestStore::new();
    let flow_id = test.a_flow(&["dev"]).await;
    let mut made = Vec::new();
    for index in 0..7 {
        // Several runs are due at the same instant.
        test.wait_seconds(index % 2);
        made.push(test.a_run(flow_id).await);
    }
    for order in [RunOrder::LatestFirst, RunOrder::EarliestFirst] {
        let (mut place, mut seen) = (None, Vec::new());
        loop {
            let page = test.write(move |tx| runs(tx, &RunFilter::default(), order, place, 2)).await;
            let Some(last) = page.last() else { break };
            place = Some(last.place());
            seen.extend(page.iter().map(|run| run.id));
        }
        assert_eq!(seen.len(), made.len(), "{order:?}");
        seen.sort_unstable();
        made.sort_unstable();
        assert_eq!(seen, made);
    }
}

#[tokio::test]
async fn every_filter_of_a_list_of_runs_finds_what_it_says() {
    let test = TestStore::new();
    let (dev, gpu) = (test.a_flow(&["dev"]).await, test.a_flow(&["gpu"]).await);
    let first = test.a_run(gpu).await;
    test.wait_seconds(1);
    let second = test.a_run(gpu).await;
    let group = test.write(move |tx| run(tx, first)).await.flow.group_id;
    test.set_state(second, State::new(StateKind::Failed, ""), None).await.unwrap();
    let any = RunFilter::default();
    for (filter, found) in [
        (RunFilter { states: vec![StateKind::Failed], ..any.clone() }, vec![second]),
        (RunFilter { label: Some("gpu".to_owned()), ..any.clone() }, vec![second, first]),
        (RunFilter { label: Some("dev".to_owned()), ..any.clone() }, vec![]),
        (RunFilter { flow_group_id: Some(group), ..any.clone() }, vec![second, first]),
        (RunFilter { flow_group_id: Some(Uuid::nil()), ..any.clone() }, vec![]),
        (RunFilter { agent_id: Some(dev), ..any.clone() }, vec![]),
        (RunFilter { name: Some("%".to_owned()), ..any.clone() }, vec![]),
        (RunFilter { to: Some(at(0)), ..any.clone() }, vec![]),
        (RunFilter { from: Some(at(0)), to: Some(at(1)), ..any }, vec![first]),
    ] {
        let asked = filter.clone();
        let listed = test.write(move |tx| runs(tx, &asked, RunOrder::LatestFirst, None, 10)).await;
        assert_eq!(listed.iter().map(|run| run.id).collect::<Vec<_>>(), found, "{filter:?}");
    }
}

#[tokio::test]
async fn every_filter_of_a_list_of_runs_is_answered_from_one_index() {
    let test = TestStore::new();
    let plan = "explain query plan select id from flow_run
                where scheduled_start_time < ?1 and (state || '') in ('Failed') and (flow_id || '') in ('x')
                    and (route_id + 0) in (1) and (agent_id || '') in ('y') and name like '%z%'
                order by scheduled_start_time desc, id desc limit 50";
    let steps = test.write(move |tx| tx.query(plan, &[at(0).into()], |row| row.get::<String>(3))).await;
    insta::assert_snapshot!(steps.join("\n"), @"SEARCH flow_run USING COVERING INDEX flow_run_listed (scheduled_start_time<?)");
}

#[tokio::test]
async fn a_log_is_read_in_pages_both_ways_and_filtered() {
    let test = TestStore::new();
    let flow_id = test.a_flow(&[]).await;
    let id = test.a_run(flow_id).await;
    for (second, level) in [(1, "INFO"), (2, "ERROR"), (2, "DEBUG"), (3, "WARNING"), (4, "ODD")] {
        log(&test, id, second, level, &format!("100% at {second}")).await;
    }
    let messages = |page: &castra_store::view::logs::LogPage| {
        page.lines.iter().map(|line| line.level.clone()).collect::<Vec<_>>()
    };
    let last = test.write(move |tx| lines_before(tx, &all_of(id), None, 2)).await;
    assert_eq!((messages(&last), last.has_more), (vec!["WARNING".to_owned(), "ODD".to_owned()], true));
    let first = &last.lines[0];
    let place = LogPlace { timestamp: first.timestamp, id: first.id };
    let earlier = test.write(move |tx| lines_before(tx, &all_of(id), Some(place), 9)).await;
    assert_eq!((earlier.lines.len(), earlier.has_more), (3, false));
    let after = test.write(move |tx| lines_after(tx, &all_of(id), Some(place), 9)).await;
    assert_eq!(messages(&after), ["ODD"]);
    let bad = LogFilter { level: LogLevel::Warning, ..all_of(id) };
    let bad = test.write(move |tx| lines_after(tx, &bad, None, 9)).await;
    assert_eq!(messages(&bad), ["ERROR", "WARNING", "ODD"]);
    for (text, count) in [("AT 2", 2), ("100%", 5), ("1_0", 0), ("\\", 0)] {
        let filter = LogFilter { text: text.to_owned(), ..all_of(id) };
        let found = test.write(move |tx| lines_after(tx, &filter, None, 9)).await;
        assert_eq!(found.lines.len(), count, "{text}");
    }
}

#[tokio::test]
async fn lines_that_arrive_together_or_late_are_told_once() {
    let test = TestStore::new();
    let flow_id = test.a_flow(&[]).await;
    let id = test.a_run(flow_id).await;
    let before = Arrival::after(at(0));
    test.wait_seconds(10);
    for second in [9, 8, 7] {
        log(&test, id, second, "INFO", "x").await;
    }
    let (mut since, mut told) = (before, Vec::new());
    loop {
        let page = test.write(move |tx| arrived_since(tx, &all_of(id), since, 2)).await;
        let Some(last) = page.lines.last() else { break };
        since = Arrival::from(last);
        told.extend(page.lines.iter().map(|line| line.timestamp));
    }
    assert_eq!(told, [at(7), at(8), at(9)]);
}

#[tokio::test]
async fn what_moves_is_announced_for_the_pages_that_show_it() {
    let test = TestStore::new();
    let flow_id = test.a_flow(&["dev"]).await;
    let id = test.a_run(flow_id).await;
    let mut changes = test.store().changes();
    let agent = test.an_agent(&["dev"]).await;
    log(&test, id, 1, "INFO", "x").await;
    test.claim_one(agent).await;
    let mut missing =
        vec![Change::Agents, Change::Logged { flow_run_id: id }, Change::Progress { flow_run_id: id }];
    while !missing.is_empty() {
        let told = tokio::time::timeout(std::time::Duration::from_secs(10), changes.recv()).await;
        let change = told.unwrap_or_else(|_| panic!("not announced: {missing:?}")).unwrap();
        missing.retain(|wanted| *wanted != change);
    }
}

#[tokio::test]
async fn a_launch_that_failed_is_read_with_its_cause_and_counted() {
    let test = TestStore::new();
    let flow_id = test.a_flow(&[]).await;
    let id = test.a_run(flow_id).await;
    let agent = test.an_agent(&[]).await;
    let claim = test.claim_one(agent).await;
    let waiting = test.write(|tx| Ok((agents(tx)?, routes_waiting(tx)?))).await;
    assert_eq!((waiting.0[0].in_flight, waiting.1.len()), (1, 0));
    test.report_end(agent, claim.launch_id, Cause::Exited { code: 3 }).await;
    let (launched, failed, by_state) =
        test.write(move |tx| Ok((launches(tx, id)?, failures(tx, at(0))?, counts(tx, at(0))?))).await;
    assert_eq!(launched[0].cause, Some(Cause::Exited { code: 3 }));
    assert_eq!((failed[0].id, failed[0].cause.clone()), (id, launched[0].cause.clone()));
    assert!(by_state.contains(&(StateKind::Failed, 1)), "{by_state:?}");
}

#[tokio::test]
async fn a_restart_begins_anew_what_did_not_end_well_and_leaves_the_rest() {
    let test = TestStore::new();
    let mut flow = castra_store::testing::a_serialized_flow(&[]);
    // Task runs of Prefect's flows are made with the run.
    flow["__version__"] = "1.4.1".into();
    let flow_id = test.register(flow).await.id;
    let id = test.a_run(flow_id).await;
    assert!(test.refused(move |tx| restart_flow_run(tx, id)).await.contains("has not ended"));
    test.set_state(id, State::new(StateKind::Running, ""), None).await.unwrap();
    let set =
        "update task_run set state = case when task_id = (select id from task where slug = 'load' limit 1)
                   then 'Failed' else 'Success' end where flow_run_id = ?1";
    test.write(move |tx| tx.execute(set, &[id.into()])).await;
    test.set_state(id, State::new(StateKind::Failed, ""), None).await.unwrap();
    test.write(move |tx| restart_flow_run(tx, id)).await;
    assert_eq!(test.state_of(id).await, StateKind::Scheduled);
    let (tasks, edges) = test.write(move |tx| Ok((tasks(tx, flow_id, id)?, edges(tx, flow_id)?))).await;
    let states: Vec<_> = tasks.iter().map(|task| task.run.as_ref().map(|run| run.state)).collect();
    assert_eq!(states, [Some(StateKind::Success), Some(StateKind::Pending)]);
    assert_eq!(edges, [(tasks[0].id, tasks[1].id)]);
}

#[tokio::test]
async fn a_run_that_ended_well_is_not_restarted() {
    let test = TestStore::new();
    let flow_id = test.a_flow(&[]).await;
    let id = test.a_run(flow_id).await;
    test.set_state(id, State::new(StateKind::Success, ""), None).await.unwrap();
    let words = test.refused(move |tx| restart_flow_run(tx, id)).await;
    assert_eq!(words, "the run is Success, so there is nothing to do again: create a new run of the flow");
}

#[tokio::test]
async fn flows_are_listed_by_name_with_their_latest_runs() {
    let test = TestStore::new();
    let flow_id = test.a_flow(&[]).await;
    let id = test.a_run(flow_id).await;
    let listed = test.write(|tx| flows(tx, "ET", None, 10)).await;
    assert_eq!(listed[0].recent.iter().map(|run| run.id).collect::<Vec<_>>(), [id]);
    let group_id = listed[0].group_id;
    let place = FlowPlace { name: "etl".to_owned(), group_id };
    assert_eq!(test.write(move |tx| flows(tx, "", Some(&place), 10)).await, []);
    assert_eq!(test.write(move |tx| flow(tx, group_id)).await.newest.id, flow_id);
}

#[tokio::test]
async fn runs_that_nobody_took_in_time_are_late() {
    let test = TestStore::new();
    let flow_id = test.a_flow(&[]).await;
    let id = test.a_run(flow_id).await;
    assert_eq!(test.write(|tx| late_runs(tx, at(0), 10)).await, []);
    let late = test.write(|tx| late_runs(tx, at(1), 10)).await;
    assert_eq!(late.iter().map(|run| run.id).collect::<Vec<_>>(), [id]);
}
