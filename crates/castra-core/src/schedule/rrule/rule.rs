//! One recurrence rule: what it says.

use jiff::Timestamp;
use jiff::civil::{DateTime, Time};
use jiff::tz::TimeZone;

use super::days::Days;

/// The most occurrences that `COUNT` may ask for: they are counted from the start each time.
pub(super) const MAX_COUNT: i64 = 1_000_000;

/// `FREQ`: the period that is repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Frequency {
    Yearly,
    Monthly,
    Weekly,
    Daily,
    Hourly,
    Minutely,
    Secondly,
}

impl Frequency {
    pub(super) const NAMES: [(&str, Frequency); 7] = [
        ("YEARLY", Frequency::Yearly),
        ("MONTHLY", Frequency::Monthly),
        ("WEEKLY", Frequency::Weekly),
        ("DAILY", Frequency::Daily),
        ("HOURLY", Frequency::Hourly),
        ("MINUTELY", Frequency::Minutely),
        ("SECONDLY", Frequency::Secondly),
    ];
}

/// A recurrence rule with its start.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Rule {
    /// `FREQ=…`, as it was given.
    pub(super) text: String,
    pub(super) frequency: Frequency,
    /// Every how many periods; at least 1.
    pub(super) interval: i64,
    pub(super) count: Option<usize>,
    pub(super) until: Option<Timestamp>,
    pub(super) days: Days,
    pub(super) times: Times,
    /// `BYSETPOS`: which of the occurrences of a period, from 1 or, from the end, from -1 on. Empty is all.
    pub(super) set_positions: Vec<i64>,
    /// The clock time from which on periods are counted.
    pub(super) start: DateTime,
    pub(super) zone: TimeZone,
}

/// Which hours, minutes and seconds a rule names, in order; empty is all that the period has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Times {
    pub(super) hours: Vec<i8>,
    pub(super) minutes: Vec<i8>,
    pub(super) seconds: Vec<i8>,
}

impl Times {
    /// Whether a rule of this frequency has an occurrence in the unit of time (hour, minute, second) that begins so.
    pub(super) fn contain(&self, frequency: Frequency, unit: Time) -> bool {
        let named = |values: &[i8], value: i8| values.is_empty() || values.contains(&value);
        named(&self.hours, unit.hour())
            && (frequency < Frequency::Minutely || named(&self.minutes, unit.minute()))
            && (frequency < Frequency::Secondly || named(&self.seconds, unit.second()))
    }

    /// The times of day within these hours, minutes and seconds, in order.
    pub(super) fn within(hours: &[i8], minutes: &[i8], seconds: &[i8]) -> Vec<Time> {
        let seconds_of = |hour: i8, minute: i8| {
            seconds.iter().filter_map(move |second| Time::new(hour, minute, *second, 0).ok())
        };
        let minutes_of = |hour: i8| minutes.iter().flat_map(move |minute| seconds_of(hour, *minute));
        hours.iter().flat_map(|hour| minutes_of(*hour)).collect()
    }
}
