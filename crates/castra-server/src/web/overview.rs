//! What goes on: runs by state, how long dispatch takes per target, why runs failed, and what nobody takes.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use castra_core::cause::Cause;
use castra_core::run_config::AgentKind;
use castra_core::state::StateKind;
use castra_store::Change;
use castra_store::view::agents::{AgentView, WaitingRoute, agents, routes_waiting};
use castra_store::view::overview::{DispatchTimes, Failure, counts, dispatch_times, failures};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::Web;
use super::agents::{Untaken, untaken};
use super::components::At;
use super::frame::{Frame, Section};
use super::live::{self, Changed};
use super::respond::{self, Answer};
use super::runs::StateChoice;
use super::words;

/// How far back the page looks.
const WINDOW: SignedDuration = SignedDuration::from_hours(24);
/// Failures that are shown one by one.
const FAILURES: usize = 8;

/// The page.
#[derive(Template)]
#[template(path = "overview.html")]
pub(super) struct OverviewPage {
    frame: Frame,
    counts: Vec<Count>,
    targets: Vec<Target>,
    causes: Vec<CauseCount>,
    failures: Vec<FailureRow>,
    untaken: Vec<Untaken>,
    live_agents: usize,
}

/// Runs that a person means with one word.
struct Count {
    word: &'static str,
    class: &'static str,
    runs: i64,
    is_of_the_day: bool,
}

/// How long dispatch takes on a target.
struct Target {
    name: String,
    launches: usize,
    /// From due to claimed, and from claimed to the first instruction: the median, and what 95 of 100 stay below.
    wait: (String, String),
    launch: (String, String),
}

struct CauseCount {
    words: &'static str,
    runs: usize,
    example: Uuid,
}

struct FailureRow {
    id: Uuid,
    name: String,
    flow_name: String,
    at: At,
    words: String,
}

/// What the page is made from.
struct Material {
    counts: Vec<(StateKind, i64)>,
    times: Vec<DispatchTimes>,
    failures: Vec<Failure>,
    agents: Vec<AgentView>,
    routes: Vec<WaitingRoute>,
    now: Timestamp,
}

/// `GET /`.
pub(super) async fn show(State(web): State<Web>) -> Answer {
    let material = web.store.read(|tx| {
        let now = tx.now();
        let since = now.saturating_sub(WINDOW).unwrap_or(now);
        Ok(Material {
            counts: counts(tx, since)?,
            times: dispatch_times(tx, since)?,
            failures: failures(tx, since)?,
            agents: agents(tx)?,
            routes: routes_waiting(tx)?,
            now,
        })
    });
    respond::page(&OverviewPage::new(material.await?))
}

/// `GET /events`.
pub(super) async fn events(State(web): State<Web>) -> Response {
    live::events(&web, Changed::on(|change| matches!(change, Change::FlowRun { .. } | Change::Agents)))
}

impl OverviewPage {
    fn new(material: Material) -> Self {
        let Material { counts, times, failures, agents, routes, now } = material;
        let untaken = untaken(&agents, &routes, now);
        Self {
            frame: Frame::new("Overview", Section::Overview),
            counts: StateChoice::ALL.into_iter().map(|word| Count::of(word, &counts)).collect(),
            targets: targets(&times),
            causes: causes(&failures),
            failures: failures.into_iter().take(FAILURES).map(FailureRow::new).collect(),
            live_agents: agents.iter().filter(|agent| super::agents::silence(agent, now).is_none()).count(),
            untaken,
        }
    }
}

impl Count {
    fn of(word: StateChoice, counts: &[(StateKind, i64)]) -> Self {
        let kinds = word.kinds();
        Self {
            word: word.word(),
            class: word.class(),
            runs: counts.iter().filter(|(state, _)| kinds.contains(state)).map(|(_, runs)| runs).sum(),
            is_of_the_day: kinds.iter().all(|kind| kind.is_finished()),
        }
    }
}

fn targets(times: &[DispatchTimes]) -> Vec<Target> {
    let mut by_type = BTreeMap::<&str, Vec<&DispatchTimes>>::new();
    times.iter().for_each(|times| by_type.entry(&times.agent_type).or_default().push(times));
    let target = |(agent_type, times): (&str, Vec<&DispatchTimes>)| Target {
        name: AgentKind::from_agent_type(agent_type)
            .map_or_else(|| agent_type.to_owned(), |kind| kind.name().to_owned()),
        launches: times.len(),
        wait: percentiles(times.iter().map(|times| times.claimed.duration_since(times.due))),
        launch: percentiles(times.iter().map(|times| times.started.duration_since(times.claimed))),
    };
    by_type.into_iter().map(target).collect()
}

/// The median, and what 95 of 100 stay below, by nearest rank.
fn percentiles(spans: impl Iterator<Item = SignedDuration>) -> (String, String) {
    let mut spans: Vec<_> = spans.collect();
    spans.sort_unstable();
    let rank = |percent: usize| spans.get((spans.len() * percent).div_ceil(100).saturating_sub(1));
    let words = |percent| rank(percent).copied().map(words::duration).unwrap_or_default();
    (words(50), words(95))
}

fn causes(failures: &[Failure]) -> Vec<CauseCount> {
    let mut causes = Vec::<CauseCount>::new();
    for failure in failures {
        let words = kind(failure.cause.as_ref());
        match causes.iter_mut().find(|cause| cause.words == words) {
            Some(cause) => cause.runs += 1,
            None => causes.push(CauseCount { words, runs: 1, example: failure.id }),
        }
    }
    causes.sort_by_key(|cause| std::cmp::Reverse(cause.runs));
    causes
}

/// The kind of a cause, in a few words.
fn kind(cause: Option<&Cause>) -> &'static str {
    match cause {
        None | Some(Cause::Exited { code: 0 } | Cause::Stopped { .. }) => "the flow itself failed",
        Some(Cause::Exited { .. }) => "the process failed",
        Some(Cause::Signaled { .. }) => "the process was killed",
        Some(Cause::Refused { .. }) => "the target cannot launch it",
        Some(Cause::NotLaunched { .. }) => "it was not launched",
        Some(Cause::OutOfMemory { .. }) => "memory ran out",
        Some(Cause::ImageNotPulled { .. }) => "the image could not be pulled",
        Some(Cause::Unschedulable { .. }) => "no place was found",
        Some(Cause::Evicted { .. }) => "it was evicted",
        Some(Cause::NotStarted { .. }) => "the process could not be started",
        Some(Cause::Removed { .. }) => "somebody removed it",
        Some(Cause::Vanished { .. }) => "the process is gone",
    }
}

impl FailureRow {
    fn new(failure: Failure) -> Self {
        let bad_end =
            failure.cause.filter(|cause| !matches!(cause, Cause::Exited { code: 0 } | Cause::Stopped { .. }));
        let words = bad_end.map(|cause| cause.to_string()).or(failure.message).unwrap_or_default();
        let (id, at) = (failure.id, At::new(failure.at));
        let words = words::shortened(&words, 200);
        Self { id, name: failure.name, flow_name: failure.flow_name, at, words }
    }
}

#[cfg(test)]
pub(super) mod samples {
    use super::*;
    use crate::web::agents::samples::a_route;
    use crate::web::runs::samples::an_agent;
    use crate::web::tests::{HOSTILE, Sample, sample};

    /// With and without what it could show.
    pub(in crate::web) fn samples() -> Vec<Sample> {
        let at = Timestamp::UNIX_EPOCH;
        let failure = Failure {
            id: Uuid::from_u128(1),
            name: HOSTILE.to_owned(),
            flow_name: HOSTILE.to_owned(),
            at,
            message: None,
            cause: Some(Cause::Vanished { reason: HOSTILE.to_owned() }),
        };
        let times = DispatchTimes { agent_type: HOSTILE.to_owned(), due: at, claimed: at, started: at };
        let material = Material {
            counts: vec![(StateKind::Failed, 1)],
            times: vec![times],
            failures: vec![failure],
            agents: vec![an_agent()],
            routes: vec![a_route()],
            now: Timestamp::MAX,
        };
        vec![sample("overview", &OverviewPage::new(material))]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_by_nearest_rank() {
        let spans = || (1..=100).map(SignedDuration::from_secs);
        assert_eq!(percentiles(spans()), ("50.0 s".to_owned(), "1 min 35 s".to_owned()));
        assert_eq!(percentiles(spans().take(1)), ("1.0 s".to_owned(), "1.0 s".to_owned()));
    }
}
