//! Clocks: what emits the events of a schedule, and with which parameters and labels.

use jiff::{Timestamp, Zoned};
use serde_json::{Map, Value, json};

use super::cron::Cron;
use super::datetime;
use super::error::ScheduleError;
use super::interval::Interval;
use super::rrule::RRule;
use crate::field::Field;

/// Emits events, each with the same parameter defaults and labels.
#[derive(Debug, Clone, PartialEq)]
pub struct Clock {
    /// When.
    pub kind: ClockKind,
    /// Values for parameters of the runs of this clock, over the defaults of the flow.
    pub parameter_defaults: Map<String, Value>,
    /// Labels of the runs of this clock; `None` leaves them to the flow, an empty list means no labels.
    pub labels: Option<Vec<String>>,
}

/// When a clock emits events.
#[derive(Debug, Clone, PartialEq)]
pub enum ClockKind {
    /// Every so often.
    Interval(Interval),
    /// At clock times named by a cron expression.
    Cron(Cron),
    /// At the times that recurrence rules name.
    RRule(RRule),
    /// At these times.
    Dates(Vec<Zoned>),
}

impl From<ClockKind> for Clock {
    fn from(kind: ClockKind) -> Self {
        Clock { kind, parameter_defaults: Map::new(), labels: None }
    }
}

impl Clock {
    /// The events after `after`, in order, without end if the clock has none.
    pub(super) fn events(&self, after: Timestamp) -> Box<dyn Iterator<Item = Zoned> + '_> {
        match &self.kind {
            ClockKind::Interval(interval) => Box::new(interval.events(after)),
            ClockKind::Cron(cron) => Box::new(cron.events(after)),
            ClockKind::RRule(rrule) => Box::new(rrule.events(after)),
            ClockKind::Dates(dates) => {
                let mut dates = dates.clone();
                dates.sort();
                Box::new(dates.into_iter().filter(move |date| after < date.timestamp()))
            }
        }
    }

    pub(super) fn read(field: &Field) -> Result<Clock, ScheduleError> {
        let kind = field.get("type")?;
        let kind = match kind.string()? {
            "IntervalClock" => ClockKind::Interval(Interval::read(field)?),
            "CronClock" => ClockKind::Cron(Cron::read(field)?),
            "RRuleClock" => ClockKind::RRule(RRule::read(field)?),
            "DatesClock" => {
                let dates = field.get("dates")?.items()?;
                ClockKind::Dates(dates.iter().map(datetime::read).collect::<Result<_, _>>()?)
            }
            other => {
                let path = kind.path().to_owned();
                return Err(ScheduleError::UnsupportedClock { path, kind: other.to_owned() });
            }
        };
        Clock::read_with(field, kind)
    }

    /// A clock of this kind with the parameters and labels that stand in `field`.
    pub(super) fn read_with(field: &Field, kind: ClockKind) -> Result<Clock, ScheduleError> {
        let parameter_defaults = match field.get("parameter_defaults")?.present() {
            Some(parameters) => parameters.object()?.clone(),
            None => Map::new(),
        };
        let labels = field.get("labels")?.present().map(|labels| labels.strings()).transpose()?;
        Ok(Clock { kind, parameter_defaults, labels })
    }

    pub(super) fn write(&self) -> Value {
        let mut wire = Map::new();
        match &self.kind {
            ClockKind::Interval(interval) => interval.write(&mut wire),
            ClockKind::Cron(cron) => cron.write(&mut wire),
            ClockKind::RRule(rrule) => rrule.write(&mut wire),
            ClockKind::Dates(dates) => {
                wire.insert("type".into(), json!("DatesClock"));
                wire.insert("dates".into(), dates.iter().map(datetime::write).collect());
            }
        }
        wire.insert("parameter_defaults".into(), json!(self.parameter_defaults));
        wire.insert("labels".into(), json!(self.labels));
        wire.insert("__version__".into(), json!(super::WIRE_VERSION));
        Value::Object(wire)
    }
}
