//! Interval clocks: a start, and an event every so often after it.
//!
//! Intervals of a day or more keep the clock time of the start across daylight saving changes; shorter ones count
//! elapsed time (the rule that prefect 1.4.1 documents for `IntervalClock`).

use jiff::{SignedDuration, Timestamp, Zoned, civil, tz::TimeZone};
use serde_json::{Map, Value, json};

use super::datetime::{self, TEN_THOUSAND_YEARS, at_clock_time};
use super::error::ScheduleError;
use crate::field::Field;

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// An interval clock (prefect 1.4.1 `IntervalClock`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interval {
    every: SignedDuration,
    start_date: Option<Zoned>,
    end_date: Option<Zoned>,
}

impl Interval {
    /// A clock with an event every `every`, from one second to ten thousand years.
    ///
    /// # Errors
    /// [`ScheduleError::Interval`] for shorter, zero, negative and longer intervals.
    pub fn new(every: SignedDuration) -> Result<Self, ScheduleError> {
        Self::checked("interval", every)
    }

    /// As [`Interval::new`], naming `path` in the error.
    pub(super) fn checked(path: &str, every: SignedDuration) -> Result<Self, ScheduleError> {
        if !(SignedDuration::from_secs(1)..=TEN_THOUSAND_YEARS).contains(&every) {
            let seconds = every.as_secs_f64().to_string();
            return Err(ScheduleError::Interval { path: path.to_owned(), seconds });
        }
        Ok(Interval { every, start_date: None, end_date: None })
    }

    /// The first event is at `start`, which otherwise is 2019-01-01 00:00 UTC.
    pub fn starting(self, start: Zoned) -> Self {
        Interval { start_date: Some(start), ..self }
    }

    /// No event comes after `end`.
    pub fn ending(self, end: Zoned) -> Self {
        Interval { end_date: Some(end), ..self }
    }

    /// The time from one event to the next.
    pub fn every(&self) -> SignedDuration {
        self.every
    }

    /// The events after `after`, in order.
    pub(super) fn events(&self, after: Timestamp) -> impl Iterator<Item = Zoned> {
        let end = self.end_date.as_ref().map(Zoned::timestamp);
        let start = self.start_date.clone().unwrap_or_else(|| default_start(&TimeZone::UTC));
        let every = self.every;
        (first_count(&start, every, after)..)
            .map_while(move |count| event(&start, every, count))
            .skip_while(move |event| event.timestamp() <= after)
            .take_while(move |event| end.is_none_or(|end| event.timestamp() <= end))
    }

    pub(super) fn read(field: &Field) -> Result<Interval, ScheduleError> {
        let interval = field.get("interval")?;
        let every = SignedDuration::from_micros(interval.number()?.round() as i64);
        Ok(Interval {
            start_date: datetime::read_optional(field.get("start_date")?)?,
            end_date: datetime::read_optional(field.get("end_date")?)?,
            ..Interval::checked(interval.path(), every)?
        })
    }

    pub(super) fn write(&self, wire: &mut Map<String, Value>) {
        wire.insert("type".into(), json!("IntervalClock"));
        wire.insert("interval".into(), json!(self.every.as_micros() as i64));
        wire.insert("start_date".into(), datetime::write_optional(self.start_date.as_ref()));
        wire.insert("end_date".into(), datetime::write_optional(self.end_date.as_ref()));
    }
}

/// Where a clock begins that was given no start: midnight of 2019-01-01.
pub(super) fn default_start(zone: &TimeZone) -> Zoned {
    at_clock_time(civil::datetime(2019, 1, 1, 0, 0, 0, 0), zone).unwrap_or_default()
}

/// How many intervals after `start` to begin looking for the first event after `after`: at most a few too few, as
/// clock time and elapsed time differ by less than a day.
fn first_count(start: &Zoned, every: SignedDuration, after: Timestamp) -> i64 {
    let slack = if every < DAY { SignedDuration::ZERO } else { DAY };
    let elapsed = after.duration_since(start.timestamp()) - slack;
    let count = elapsed.as_nanos() / every.as_nanos();
    i64::try_from(count).unwrap_or(i64::MAX).max(0)
}

/// The event `count` intervals after `start`; `None` beyond the year 9999.
fn event(start: &Zoned, every: SignedDuration, count: i64) -> Option<Zoned> {
    let microseconds = i128::from(count) * every.as_micros();
    let distance = SignedDuration::from_micros(i64::try_from(microseconds).ok()?);
    if every < DAY {
        return start.checked_add(distance).ok();
    }
    at_clock_time(start.datetime().checked_add(distance).ok()?, start.time_zone())
}
