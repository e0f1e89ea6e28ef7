//! Schedules as people set them over the API: `set_flow_group_schedule`, where intervals are seconds.

use jiff::SignedDuration;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::datetime;
use super::interval::default_start;
use super::{Clock, ClockKind, Cron, Interval, Schedule, ScheduleError};
use crate::field::Field;

impl Schedule {
    /// Reads the input of the mutation `set_flow_group_schedule`: `cron_clocks`, each with a `cron`, and
    /// `interval_clocks`, each with an `interval` in seconds, both perhaps with `parameter_defaults` and `labels`, and
    /// one `timezone` for all of them, which otherwise is UTC.
    ///
    /// # Errors
    /// [`ScheduleError`] naming the path of what is wrong, from `input` on.
    pub fn from_input(input: &Value) -> Result<Schedule, ScheduleError> {
        let input = Field::root("input", input);
        let zone = match input.get("timezone")?.present() {
            Some(name) => datetime::time_zone(name.path(), name.string()?)?,
            None => TimeZone::UTC,
        };
        let start = default_start(&zone);
        let mut clocks = Vec::new();
        for clock in input.get("cron_clocks")?.items()? {
            let cron = clock.get("cron")?;
            let cron = Cron::checked(cron.path(), cron.string()?, true)?;
            clocks.push(Clock::read_with(&clock, ClockKind::Cron(cron.starting(start.clone())))?);
        }
        for clock in input.get("interval_clocks")?.items()? {
            let interval = clock.get("interval")?;
            let every = SignedDuration::from_secs(interval.integer()?);
            let interval = Interval::checked(interval.path(), every)?;
            clocks.push(Clock::read_with(&clock, ClockKind::Interval(interval.starting(start.clone())))?);
        }
        Ok(Schedule { clocks, ..Schedule::default() })
    }
}
