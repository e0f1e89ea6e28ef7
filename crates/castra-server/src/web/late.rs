//! Late runs, as after an outage: what should have begun and has not, per flow, and what to do about it. Left alone, all of
//! them run as soon as an agent takes them.

use std::collections::{BTreeMap, HashSet};

use askama::Template;
use axum::extract::State;
use castra_core::state::{State as RunState, StateKind};
use castra_store::Transaction;
use castra_store::flow_run_state::{SetFlowRunState, set_flow_run_state};
use castra_store::view::late::{LateRun, late_runs};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::Web;
use super::components::At;
use super::fields::InForm;
use super::frame::{Frame, Section};
use super::page_error::PageError;
use super::respond::{self, Answer};
use super::words;

/// A run is late once it has waited for longer than this. Agents ask for work at least every 30 s.
const GRACE: SignedDuration = SignedDuration::from_secs(60);
/// Late runs that are looked at.
const MAX_RUNS: usize = 5_000;
/// Late runs that are listed per flow.
const LISTED: usize = 5;

/// The page.
#[derive(Template)]
#[template(path = "late.html")]
pub(super) struct LatePage {
    frame: Frame,
    flows: Vec<LateFlow>,
    total: usize,
    /// Until when the runs that the buttons mean were due.
    before: Timestamp,
}

/// The late runs of a flow.
struct LateFlow {
    group_id: Uuid,
    name: String,
    runs: Vec<LateRow>,
    count: usize,
}

struct LateRow {
    id: Uuid,
    name: String,
    due: At,
    late_by: String,
}

/// `GET /late`.
pub(super) async fn show(State(web): State<Web>) -> Answer {
    let (runs, before) = web
        .store
        .read(|tx| {
            let before = tx.now().saturating_sub(GRACE).unwrap_or(tx.now());
            Ok((late_runs(tx, before, MAX_RUNS)?, before))
        })
        .await?;
    respond::page(&LatePage::new(runs, before))
}

/// What is to become of late runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Decision {
    /// All of them run.
    Run,
    /// The latest of each flow runs.
    Latest,
    /// None runs.
    Skip,
}

impl Decision {
    fn read(name: &str) -> Result<Self, PageError> {
        match name {
            "run" => Ok(Self::Run),
            "latest" => Ok(Self::Latest),
            "skip" => Ok(Self::Skip),
            other => Err(PageError::bad(format!("action: “{other}” is unknown: use run, latest or skip."))),
        }
    }

    /// The runs that are to run, the longest late first, and those that are not.
    fn split(self, mut late: Vec<LateRun>) -> (Vec<LateRun>, Vec<LateRun>) {
        late.sort_by_key(|run| std::cmp::Reverse((run.due, run.id)));
        let mut seen = HashSet::new();
        let (mut run, skipped): (Vec<_>, Vec<_>) = late.into_iter().partition(|run| match self {
            Self::Run => true,
            Self::Latest => seen.insert(run.flow_group_id),
            Self::Skip => false,
        });
        run.reverse();
        (run, skipped)
    }
}

/// `POST /late`: `action` is `run`, `latest` or `skip`, `flow` one flow or none for all, `before` what the page showed.
pub(super) async fn act(State(web): State<Web>, InForm(fields): InForm) -> Answer {
    let flow: Option<Uuid> = fields.parsed("flow")?;
    let before = fields.instant("before")?.ok_or_else(|| PageError::bad("before: it is missing."))?;
    let decision = Decision::read(fields.required("action")?)?;
    web.store
        .write(move |tx| {
            let late = late_runs(tx, before, MAX_RUNS)?;
            let of_flow = late.into_iter().filter(|run| flow.is_none_or(|flow| run.flow_group_id == flow));
            let (run, skipped) = decision.split(of_flow.collect());
            for (place, late) in run.into_iter().enumerate() {
                set_state(tx, late, due_now(tx.now(), place))?;
            }
            let skip = || RunState::new(StateKind::Skipped, "It was late, and somebody skipped it.");
            skipped.into_iter().try_for_each(|late| set_state(tx, late, skip()))
        })
        .await?;
    respond::see("/late")
}

/// Due now, and each a moment after the one before it: agents take the longest due first.
fn due_now(now: Timestamp, place: usize) -> RunState {
    let due = now.saturating_add(SignedDuration::from_micros(place as i64)).unwrap_or(now);
    RunState::scheduled(due, "It was late, and somebody let it run.")
}

/// Sets the state of a run that has not begun.
fn set_state(tx: &mut Transaction<'_>, run: LateRun, state: RunState) -> castra_store::Result<()> {
    let request =
        SetFlowRunState { flow_run_id: run.id, state, version: None, process: None, agent_id: None };
    set_flow_run_state(tx, &request).map(drop)
}

impl LatePage {
    fn new(runs: Vec<LateRun>, before: Timestamp) -> Self {
        let total = runs.len();
        let mut flows = BTreeMap::<(String, Uuid), LateFlow>::new();
        for run in runs {
            let key = (run.flow_name.clone(), run.flow_group_id);
            let new =
                || LateFlow { group_id: run.flow_group_id, name: run.flow_name, runs: Vec::new(), count: 0 };
            let flow = flows.entry(key).or_insert_with(new);
            flow.count += 1;
            if flow.runs.len() < LISTED {
                let late_by = words::between(run.due, before);
                flow.runs.push(LateRow { id: run.id, name: run.name, due: At::new(run.due), late_by });
            }
        }
        Self {
            frame: Frame::new("Late runs", Section::Late),
            flows: flows.into_values().collect(),
            total,
            before,
        }
    }
}

#[cfg(test)]
pub(super) mod samples {
    use super::*;
    use crate::web::tests::{HOSTILE, Sample, sample};

    /// With late runs.
    pub(in crate::web) fn samples() -> Vec<Sample> {
        let runs = (0..7).map(|id| a_run(id, 1, 0)).collect();
        vec![sample("late", &LatePage::new(runs, Timestamp::UNIX_EPOCH))]
    }

    pub(super) fn a_run(id: u128, flow: u128, due: i64) -> LateRun {
        LateRun {
            id: Uuid::from_u128(id),
            name: HOSTILE.to_owned(),
            flow_group_id: Uuid::from_u128(flow),
            flow_name: HOSTILE.to_owned(),
            due: Timestamp::from_second(due).unwrap(),
            auto_scheduled: true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::samples::a_run;
    use super::*;

    #[test]
    fn all_run_or_the_latest_of_each_flow_or_none() {
        let split = |decision: Decision| {
            let late = vec![a_run(1, 1, 10), a_run(2, 1, 30), a_run(3, 2, 20), a_run(4, 1, 20)];
            let (run, skipped) = decision.split(late);
            let ids = |runs: Vec<LateRun>| runs.iter().map(|run| run.id.as_u128()).collect::<Vec<_>>();
            (ids(run), ids(skipped))
        };
        assert_eq!(split(Decision::Run), (vec![1, 3, 4, 2], vec![]));
        assert_eq!(split(Decision::Latest), (vec![3, 2], vec![4, 1]));
        assert_eq!(split(Decision::Skip), (vec![], vec![2, 4, 3, 1]));
    }
}
