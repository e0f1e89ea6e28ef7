//! Cron clocks: events at the clock times that an expression names, in the time zone of the start date.
//!
//! Clock times that come twice (clocks set back) fire the first time only. Clock times that are skipped (clocks set
//! forward) fire once, at the moment of the change, unless the expression fires in every hour: then nothing was
//! missed. These are prefect 1.4.1's rules with croniter 7.

use std::sync::Arc;

use croner::Cron as Pattern;
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Timestamp, Zoned, civil};
use serde_json::{Map, Value, json};

use super::cron_syntax;
use super::datetime;
use super::error::ScheduleError;
use crate::field::Field;

/// A cron clock (prefect 1.4.1 `CronClock`).
#[derive(Debug, Clone)]
pub struct Cron {
    expression: String,
    day_or: bool,
    pattern: Arc<Pattern>,
    start_date: Option<Zoned>,
    end_date: Option<Zoned>,
}

impl PartialEq for Cron {
    fn eq(&self, other: &Self) -> bool {
        let key = |cron: &Cron| {
            (cron.expression.clone(), cron.day_or, cron.start_date.clone(), cron.end_date.clone())
        };
        key(self) == key(other)
    }
}

impl Cron {
    /// A clock that fires at the times that `expression` names: minute, hour, day of month, month, day of week,
    /// and optionally second and year.
    ///
    /// `day_or` decides about expressions that restrict both the day of month and the day of week: with `true`,
    /// as in cron, one of them must match, with `false` both.
    ///
    /// # Errors
    /// [`ScheduleError::Cron`] if the expression does not parse.
    pub fn new(expression: &str, day_or: bool) -> Result<Self, ScheduleError> {
        Self::checked("cron", expression, day_or)
    }

    /// As [`Cron::new`], naming `path` in the error.
    pub(super) fn checked(path: &str, expression: &str, day_or: bool) -> Result<Self, ScheduleError> {
        let pattern = cron_syntax::parse(expression, day_or).map_err(|reason| ScheduleError::Cron {
            path: path.to_owned(),
            cron: expression.to_owned(),
            reason: reason.to_string().trim_end_matches('.').to_owned(),
        })?;
        Ok(Cron {
            expression: expression.to_owned(),
            day_or,
            pattern: Arc::new(pattern),
            start_date: None,
            end_date: None,
        })
    }

    /// No event comes before `start`; its time zone is the one whose clock times count, which otherwise is UTC.
    pub fn starting(self, start: Zoned) -> Self {
        Cron { start_date: Some(start), ..self }
    }

    /// No event comes after `end`.
    pub fn ending(self, end: Zoned) -> Self {
        Cron { end_date: Some(end), ..self }
    }

    /// The expression as it was given.
    pub fn expression(&self) -> &str {
        &self.expression
    }

    /// Whether one of day of month and day of week must match, or both.
    pub fn day_or(&self) -> bool {
        self.day_or
    }

    fn time_zone(&self) -> TimeZone {
        self.start_date.as_ref().map_or(TimeZone::UTC, |start| start.time_zone().clone())
    }

    /// The events after `after`, in order.
    pub(super) fn events(&self, after: Timestamp) -> impl Iterator<Item = Zoned> {
        let start = self.start_date.as_ref().map(Zoned::timestamp);
        let end = self.end_date.as_ref().map(Zoned::timestamp);
        let zone = self.time_zone();
        let searched_from = start.map_or(after, |start| after.max(before(start))).to_zoned(zone.clone());
        let mut last = after;
        self.clock_times(searched_from.datetime())
            .filter_map(move |clock_time| self.fires_at(clock_time, &zone))
            .filter(move |event| start.is_none_or(|start| start <= event.timestamp()))
            .filter(move |event| {
                let later = last < event.timestamp();
                last = last.max(event.timestamp());
                later
            })
            .take_while(move |event| end.is_none_or(|end| event.timestamp() <= end))
    }

    /// The clock times after `from` that the expression names, with no regard to any time zone.
    ///
    /// Ends where croner gives up: an expression such as the 31st of February has none.
    fn clock_times(&self, from: civil::DateTime) -> impl Iterator<Item = civil::DateTime> {
        let next = |from: &civil::DateTime| self.pattern.find_next_occurrence(from, false).ok();
        std::iter::successors(next(&from), next)
    }

    /// When a clock in `zone` that shows `clock_time` makes this fire, if it does.
    fn fires_at(&self, clock_time: civil::DateTime, zone: &TimeZone) -> Option<Zoned> {
        let ambiguous = zone.to_ambiguous_zoned(clock_time);
        if !matches!(ambiguous.offset(), AmbiguousOffset::Gap { .. }) {
            return ambiguous.earlier().ok();
        }
        if self.fires_every_hour() {
            return None;
        }
        let beyond_the_gap = ambiguous.later().ok()?.timestamp();
        let change =
            zone.preceding(beyond_the_gap.checked_add(jiff::SignedDuration::from_nanos(1)).ok()?).next()?;
        Some(change.timestamp().to_zoned(zone.clone()))
    }

    fn fires_every_hour(&self) -> bool {
        self.pattern.pattern.hours.values().len() == 24
    }

    pub(super) fn read(field: &Field) -> Result<Cron, ScheduleError> {
        let cron = field.get("cron")?;
        let day_or = field.get("day_or")?.present().map(|day_or| day_or.boolean()).transpose()?;
        Ok(Cron {
            start_date: datetime::read_optional(field.get("start_date")?)?,
            end_date: datetime::read_optional(field.get("end_date")?)?,
            ..Cron::checked(cron.path(), cron.string()?, day_or.unwrap_or(true))?
        })
    }

    pub(super) fn write(&self, wire: &mut Map<String, Value>) {
        wire.insert("type".into(), json!("CronClock"));
        wire.insert("cron".into(), json!(self.expression));
        wire.insert("day_or".into(), json!(self.day_or));
        wire.insert("start_date".into(), datetime::write_optional(self.start_date.as_ref()));
        wire.insert("end_date".into(), datetime::write_optional(self.end_date.as_ref()));
    }
}

/// A search from here finds an event at `start` itself.
fn before(start: Timestamp) -> Timestamp {
    start.checked_sub(jiff::SignedDuration::from_secs(1)).unwrap_or(start)
}
