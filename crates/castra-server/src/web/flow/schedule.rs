//! The schedule of a flow in words: its clocks, whether it makes runs, and which come next.

use castra_core::schedule::{ClockKind, Schedule};
use castra_store::view::flows::{FlowView, RecentRun};
use jiff::Timestamp;
use serde_json::Value as Json;
use uuid::Uuid;

use crate::web::components::At;
use crate::web::words;

/// What the page shows of the schedule.
pub(super) struct ScheduleView {
    /// The clocks, in words.
    pub(super) clocks: Vec<String>,
    /// Why the schedule cannot be read.
    pub(super) fault: Option<String>,
    /// Whether it was set on the flow's page or over the API, and not registered with the flow.
    pub(super) is_of_group: bool,
    pub(super) is_active: bool,
    /// The runs that are made.
    pub(super) upcoming: Vec<Upcoming>,
    /// When it would run next, if it were active.
    pub(super) would_run: Vec<At>,
    /// What the form begins with.
    pub(super) cron: String,
    pub(super) timezone: String,
}

/// A run to come.
pub(super) struct Upcoming {
    pub(super) id: Uuid,
    pub(super) name: String,
    pub(super) at: At,
}

impl ScheduleView {
    pub(super) fn new(flow: &FlowView, upcoming: Vec<RecentRun>, now: Timestamp) -> Self {
        let json = flow.schedule.as_ref().or(flow.newest.schedule.as_ref());
        let read = json.map(Schedule::from_json).transpose();
        let (schedule, fault) = match read {
            Ok(schedule) => (schedule, None),
            Err(error) => (None, Some(error.to_string())),
        };
        let clocks =
            schedule.as_ref().map(|schedule| schedule.clocks.iter().map(|clock| clock_words(&clock.kind)));
        let is_active = flow.newest.is_schedule_active && json.is_some();
        let (cron, timezone) = cron_of(schedule.as_ref());
        Self {
            clocks: clocks.into_iter().flatten().collect(),
            fault,
            is_of_group: flow.schedule.is_some(),
            is_active,
            upcoming: upcoming.into_iter().map(Upcoming::from).collect(),
            would_run: schedule.as_ref().filter(|_| !is_active).map(|it| next(it, now)).unwrap_or_default(),
            cron,
            timezone,
        }
    }
}

fn next(schedule: &Schedule, now: Timestamp) -> Vec<At> {
    schedule.next(now, super::UPCOMING).into_iter().map(|event| At::new(event.start_time)).collect()
}

impl From<RecentRun> for Upcoming {
    fn from(run: RecentRun) -> Self {
        Self { id: run.id, name: run.name, at: At::new(run.scheduled_start_time) }
    }
}

/// When a clock emits events.
fn clock_words(clock: &ClockKind) -> String {
    let wire = castra_core::schedule::Schedule { clocks: vec![clock.clone().into()], ..Schedule::default() }
        .to_json();
    let field = |name: &str| wire["clocks"][0][name].clone();
    match clock {
        ClockKind::Cron(_) => {
            let zone = field("start_date")["tz"].as_str().unwrap_or("UTC").to_owned();
            format!("cron {} ({zone})", field("cron").as_str().unwrap_or_default())
        }
        ClockKind::Interval(_) => {
            let microseconds = field("interval").as_i64().unwrap_or_default();
            format!("every {}", words::duration(jiff::SignedDuration::from_micros(microseconds)))
        }
        ClockKind::RRule(rrule) => format!("recurrence rule {}", rrule.rules().join(" and ")),
        ClockKind::Dates(dates) => format!("at {} fixed times", dates.len()),
    }
}

/// The expression and the time zone of the only clock, if it is a cron clock.
fn cron_of(schedule: Option<&Schedule>) -> (String, String) {
    let wire = schedule.map(Schedule::to_json).unwrap_or_default();
    let clock = &wire["clocks"][0];
    let text = |value: &Json, otherwise: &str| value.as_str().unwrap_or(otherwise).to_owned();
    (text(&clock["cron"], ""), text(&clock["start_date"]["tz"], "UTC"))
}
