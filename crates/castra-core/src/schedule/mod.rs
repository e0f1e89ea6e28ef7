//! Schedules: clocks emit candidate events, filters let some of them pass, adjustments move those.
//!
//! The wire form is the one that prefect 1.4.1 serializes and Prefect's server stores. Creating runs for the events is
//! left to the server's scheduler.

mod adjustments;
mod clock;
mod cron;
mod cron_syntax;
mod datetime;
mod error;
mod filters;
mod input;
mod interval;
mod rrule;

use jiff::{Timestamp, Zoned};
use serde_json::{Map, Value, json};

pub use adjustments::Adjustment;
pub use clock::{Clock, ClockKind};
pub use cron::Cron;
pub use error::ScheduleError;
pub use filters::{Filter, MonthDay};
pub use interval::Interval;
pub use rrule::RRule;

use crate::field::Field;

/// The Prefect version whose wire form is written.
const WIRE_VERSION: &str = "1.4.1";

/// How many candidates [`Schedule::next`] looks at before it gives up (prefect 1.4.1 `Schedule.next`).
pub const MAX_CANDIDATES: usize = 10_000;

/// When runs of a flow start (prefect 1.4.1 `Schedule`).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Schedule {
    /// Emit candidate events.
    pub clocks: Vec<Clock>,
    /// A candidate must pass all of these …
    pub filters: Vec<Filter>,
    /// … one of these, if there are any …
    pub or_filters: Vec<Filter>,
    /// … and none of these.
    pub not_filters: Vec<Filter>,
    /// Move what passed, one after the other.
    pub adjustments: Vec<Adjustment>,
}

/// A start that a schedule asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct ScheduledEvent {
    /// When the run starts.
    pub start_time: Timestamp,
    /// Parameters of the clock that emitted it.
    pub parameter_defaults: Map<String, Value>,
    /// Labels of the clock that emitted it; `None` leaves them to the flow.
    pub labels: Option<Vec<String>>,
}

/// An event of a clock before filters and adjustments.
struct Candidate<'a> {
    time: Zoned,
    clock: &'a Clock,
}

impl Candidate<'_> {
    fn at(&self, time: &Zoned) -> ScheduledEvent {
        ScheduledEvent {
            start_time: time.timestamp(),
            parameter_defaults: self.clock.parameter_defaults.clone(),
            labels: self.clock.labels.clone(),
        }
    }

    fn same_event(&self, other: &Candidate) -> bool {
        self.time == other.time
            && self.clock.parameter_defaults == other.clock.parameter_defaults
            && self.clock.labels == other.clock.labels
    }
}

impl Schedule {
    /// The next `n` events, all after `after`, in order of time, no two the same.
    ///
    /// Two events at the same time differ in parameters or labels. Fewer than `n` come back if the clocks end, or if
    /// fewer than `n` of the first [`MAX_CANDIDATES`] candidates pass the filters; so this always ends.
    pub fn next(&self, after: Timestamp, n: usize) -> Vec<ScheduledEvent> {
        let mut events: Vec<ScheduledEvent> = Vec::new();
        for candidate in self.candidates(after).take(MAX_CANDIDATES) {
            if events.len() == n {
                break;
            }
            let Some(time) = self.passes(&candidate.time).then(|| self.adjust(&candidate.time)).flatten()
            else {
                continue;
            };
            let event = candidate.at(&time);
            if after < event.start_time && !events.contains(&event) {
                events.push(event);
            }
        }
        events.sort_by_key(|event| event.start_time);
        events
    }

    /// The events of all clocks, merged by time; at the same time in the order of the clocks. If clocks emit the same
    /// event, the first of them counts.
    fn candidates(&self, after: Timestamp) -> impl Iterator<Item = Candidate<'_>> {
        let mut clocks: Vec<_> =
            self.clocks.iter().map(|clock| (clock, clock.events(after).peekable())).collect();
        let merged = std::iter::from_fn(move || {
            let heads = clocks.iter_mut().enumerate();
            let (_, earliest) =
                heads.filter_map(|(index, (_, events))| Some((events.peek()?.clone(), index))).min()?;
            let (clock, events) = &mut clocks[earliest];
            events.next().map(|time| Candidate { time, clock })
        });
        let mut previous: Option<Candidate> = None;
        merged.filter(move |candidate| {
            let repeated = previous.as_ref().is_some_and(|previous| previous.same_event(candidate));
            previous = Some(Candidate { time: candidate.time.clone(), clock: candidate.clock });
            !repeated
        })
    }

    fn passes(&self, candidate: &Zoned) -> bool {
        let passes = |filter: &Filter| filter.passes(candidate);
        self.filters.iter().all(passes)
            && (self.or_filters.is_empty() || self.or_filters.iter().any(passes))
            && !self.not_filters.iter().any(passes)
    }

    fn adjust(&self, candidate: &Zoned) -> Option<Zoned> {
        self.adjustments.iter().try_fold(candidate.clone(), |time, adjustment| adjustment.apply(&time))
    }

    /// Reads the form that prefect 1.4.1 serializes (`prefect.serialization.schedule`), intervals in microseconds.
    ///
    /// # Errors
    /// [`ScheduleError`] naming the path of what is wrong, from `schedule` on.
    pub fn from_json(wire: &Value) -> Result<Schedule, ScheduleError> {
        Self::read(&Field::root("schedule", wire))
    }

    pub(crate) fn read(field: &Field) -> Result<Schedule, ScheduleError> {
        let clocks = field.get("clocks")?;
        clocks.clone().present().ok_or_else(|| clocks.expected("a list of clocks"))?;
        Ok(Schedule {
            clocks: list(&clocks, Clock::read)?,
            filters: list(&field.get("filters")?, Filter::read)?,
            or_filters: list(&field.get("or_filters")?, Filter::read)?,
            not_filters: list(&field.get("not_filters")?, Filter::read)?,
            adjustments: list(&field.get("adjustments")?, Adjustment::read)?,
        })
    }

    /// Writes what [`Schedule::from_json`] reads.
    pub fn to_json(&self) -> Value {
        let filters = |filters: &[Filter]| filters.iter().map(Filter::write).collect::<Value>();
        json!({
            "clocks": self.clocks.iter().map(Clock::write).collect::<Value>(),
            "filters": filters(&self.filters),
            "or_filters": filters(&self.or_filters),
            "not_filters": filters(&self.not_filters),
            "adjustments": self.adjustments.iter().map(Adjustment::write).collect::<Value>(),
            "__version__": WIRE_VERSION,
        })
    }
}

fn list<T>(
    field: &Field,
    read: impl Fn(&Field) -> Result<T, ScheduleError>,
) -> Result<Vec<T>, ScheduleError> {
    field.items()?.iter().map(read).collect()
}
