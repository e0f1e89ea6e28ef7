//! Runs for the test that renders every page.

use castra_core::cause::Cause;
use castra_core::launch::LaunchPhase;
use castra_core::log_level::LogLevel;
use castra_core::matching::Mismatch;
use castra_core::state::StateKind;
use castra_store::view::launches::{LaunchTimes, LaunchView};
use castra_store::view::logs::{LineView, LogFilter, LogPage, TaskOfLine};
use castra_store::view::run::{FlowOfRun, RunView, StateView};
use castra_store::view::tasks::{TaskRunView, TaskView};
use castra_store::why::{AgentVerdict, Why};
use jiff::Timestamp;
use serde_json::{Map, Value as Json, json};
use uuid::Uuid;

use super::children::ChildrenPart;
use super::logs::LinesPart;
use super::{Material, RunPage};
use crate::web::tests::{HOSTILE, Sample, sample};

const RUN: Uuid = Uuid::from_u128(1);

/// The page in the states that differ most, and its parts.
pub(in crate::web) fn samples() -> Vec<Sample> {
    let task_runs =
        [vec![a_task_run(0, StateKind::Failed); 99], vec![a_task_run(99, StateKind::Paused)]].concat();
    let children = ChildrenPart::new((RUN, StateKind::Running), Uuid::from_u128(2), task_runs);
    vec![
        sample("run: waits", &page(waiting())),
        sample("run: failed", &page(failed())),
        sample("run: nothing known", &page(bare())),
        sample("run: lines", &LinesPart::new(&filter(), a_log())),
        sample("run: children", &children),
    ]
}

fn page(material: Material) -> RunPage {
    RunPage::new(material, &filter())
}

fn filter() -> LogFilter {
    LogFilter { flow_run_id: RUN, level: LogLevel::Info, text: HOSTILE.to_owned() }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_764_000_000 + second).unwrap()
}

fn object() -> Map<String, Json> {
    Map::from_iter([(HOSTILE.to_owned(), json!({ "value": HOSTILE }))])
}

fn bare() -> Material {
    let run = RunView {
        id: RUN,
        name: HOSTILE.to_owned(),
        state: StateKind::Scheduled,
        state_message: None,
        state_timestamp: at(0),
        state_start_time: None,
        flow: FlowOfRun {
            id: Uuid::from_u128(3),
            group_id: Uuid::from_u128(4),
            name: HOSTILE.to_owned(),
            version: 1,
            project: HOSTILE.to_owned(),
        },
        labels: [HOSTILE].into_iter().collect(),
        label_source: "run".to_owned(),
        run_config: None,
        run_config_source: None,
        parameters: Map::new(),
        context: Map::new(),
        auto_scheduled: false,
        created: at(0),
        scheduled_start_time: at(0),
        start_time: None,
        end_time: None,
    };
    Material {
        run,
        launches: Vec::new(),
        rendered: None,
        states: Vec::new(),
        why: Why { waiting_for: None, is_claimable: false, agents: Vec::new() },
        tasks: Vec::new(),
        edges: Vec::new(),
        log: LogPage::default(),
        now: at(100),
    }
}

fn waiting() -> Material {
    let missing = [HOSTILE].into_iter().collect();
    let agent = AgentVerdict {
        id: Uuid::from_u128(5),
        name: Some(HOSTILE.to_owned()),
        agent_type: HOSTILE.to_owned(),
        labels: [HOSTILE].into_iter().collect(),
        takes: false,
        reason: Some(HOSTILE.to_owned()),
        mismatch: Some(Mismatch::MissingLabels { missing }),
    };
    let paused = TaskView { run: Some(a_task_run(-1, StateKind::Paused)), ..a_task(11, false) };
    Material {
        tasks: vec![paused],
        why: Why { waiting_for: Some(HOSTILE.to_owned()), is_claimable: true, agents: vec![agent] },
        ..bare()
    }
}

fn failed() -> Material {
    let mut material = bare();
    material.run.state = StateKind::Failed;
    material.run.state_message = Some(HOSTILE.to_owned());
    material.run.run_config = Some(json!({"type": "DockerRun", "env": {HOSTILE: HOSTILE}}));
    material.run.run_config_source = Some("flow_group".to_owned());
    material.run.auto_scheduled = true;
    (material.run.parameters, material.run.context) = (object(), object());
    (material.run.start_time, material.run.end_time) = (Some(at(10)), Some(at(60)));
    material.launches = vec![a_launch()];
    material.rendered = Some(object().into());
    let (state, message) = (StateKind::Failed, Some(HOSTILE.to_owned()));
    material.states = vec![StateView { state, timestamp: at(60), message }];
    material.tasks = vec![a_task(6, false), a_task(7, true)];
    material.edges = vec![(Uuid::from_u128(6), Uuid::from_u128(7))];
    material.log = a_log();
    material
}

fn a_launch() -> LaunchView {
    LaunchView {
        id: Uuid::from_u128(8),
        agent_id: Uuid::from_u128(5),
        agent_name: Some(HOSTILE.to_owned()),
        agent_type: "DockerAgent".to_owned(),
        phase: LaunchPhase::Ended,
        handle: Some(json!({ "name": HOSTILE })),
        detail: Some(HOSTILE.to_owned()),
        cause: Some(Cause::NotStarted { reason: HOSTILE.to_owned() }),
        last_lines: vec![HOSTILE.to_owned()],
        stop_at: Some(at(50)),
        times: LaunchTimes {
            claimed: at(1),
            submitted: Some(at(2)),
            scheduled: None,
            pulled: Some(at(5)),
            started: Some(at(8)),
            presented: Some(at(9)),
            ended: Some(at(61)),
        },
    }
}

fn a_task(id: u128, mapped: bool) -> TaskView {
    TaskView {
        id: Uuid::from_u128(id),
        name: HOSTILE.to_owned(),
        mapped,
        counts: match mapped {
            true => vec![(StateKind::Mapped, 1), (StateKind::Success, 8), (StateKind::Failed, 1)],
            false => vec![(StateKind::Failed, 1)],
        },
        start_time: Some(at(10)),
        end_time: Some(at(20)),
        run: Some(a_task_run(-1, if mapped { StateKind::Mapped } else { StateKind::Failed })),
    }
}

fn a_task_run(map_index: i64, state: StateKind) -> TaskRunView {
    TaskRunView {
        id: Uuid::from_u128(9),
        name: Some(HOSTILE.to_owned()),
        map_index,
        state,
        message: Some(HOSTILE.to_owned()),
        run_count: 2,
        start_time: Some(at(10)),
        end_time: Some(at(20)),
    }
}

fn a_log() -> LogPage {
    let line = LineView {
        id: Uuid::from_u128(10),
        timestamp: at(11),
        arrived: at(12),
        level: HOSTILE.to_owned(),
        name: None,
        message: HOSTILE.to_owned(),
        task: Some(TaskOfLine { name: HOSTILE.to_owned(), map_index: 3 }),
    };
    LogPage { lines: vec![line], has_more: true }
}
