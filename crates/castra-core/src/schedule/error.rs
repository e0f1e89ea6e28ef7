//! What can be wrong with a schedule, where, and what to do about it.

use crate::field::FieldError;

/// A schedule that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// A field is missing or of the wrong kind.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// A clock of a kind that is not known, or not supported.
    #[error(
        "{path}: clocks of type {kind:?} are not supported; use IntervalClock, CronClock, DatesClock or RRuleClock"
    )]
    UnsupportedClock {
        /// Where.
        path: String,
        /// The type as it was given.
        kind: String,
    },
    /// A cron expression that does not parse.
    #[error(
        "{path}: {cron:?} is not a cron expression ({reason}); write minute, hour, day of month, month \
         and day of week, for example \"0 9 * * MON-FRI\""
    )]
    Cron {
        /// Where.
        path: String,
        /// The expression as it was given.
        cron: String,
        /// What its parser found.
        reason: String,
    },
    /// A recurrence rule that does not parse.
    #[error(
        "{path}: {rule:?} is not a recurrence rule: {reason}; write it as RFC 5545 does, for example \
         \"FREQ=WEEKLY;BYDAY=MO,FR\""
    )]
    RRule {
        /// Where.
        path: String,
        /// The rule as it was given, without its start.
        rule: String,
        /// What is wrong with it.
        reason: String,
    },
    /// An interval that is zero, negative, too short or too long.
    #[error("{path}: an interval must be from 1 s to 10,000 years, not {seconds} s")]
    Interval {
        /// Where.
        path: String,
        /// The interval in seconds.
        seconds: String,
    },
    /// A time zone that the time zone database does not have.
    #[error(
        "{path}: unknown time zone {name:?}; use an IANA name such as \"Europe/Berlin\" or an offset such as \"+02:00\""
    )]
    UnknownTimeZone {
        /// Where.
        path: String,
        /// The name as it was given.
        name: String,
    },
    /// A filter that Prefect does not have; custom functions cannot travel.
    #[error("{path}: unknown filter {name:?}; use one of {}", super::filters::NAMES.join(", "))]
    UnknownFilter {
        /// Where.
        path: String,
        /// The function as it was given.
        name: String,
    },
    /// An adjustment that Prefect does not have; custom functions cannot travel.
    #[error("{path}: unknown adjustment {name:?}; use one of {}", super::adjustments::NAMES.join(", "))]
    UnknownAdjustment {
        /// Where.
        path: String,
        /// The function as it was given.
        name: String,
    },
}
