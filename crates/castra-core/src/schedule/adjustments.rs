//! Adjustments: where an event that passed the filters is moved (prefect 1.4.1 `prefect.schedules.adjustments`).

use jiff::{SignedDuration, ToSpan, Zoned};
use serde_json::{Value, json};

use super::datetime::{self, at_clock_time};
use super::error::ScheduleError;
use super::filters::is_weekend;
use crate::field::Field;

/// The names of all adjustments, without the module that the wire form puts before them.
pub(super) const NAMES: [&str; 2] = ["add", "next_weekday"];

const MODULE: &str = "prefect.schedules.adjustments.";

/// Moves an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Adjustment {
    /// Later (or, if negative, earlier) by this much elapsed time.
    Add(SignedDuration),
    /// To the same clock time on the next day that is no Saturday or Sunday; weekdays stay.
    NextWeekday,
}

impl Adjustment {
    /// Where an event at `candidate` moves; `None` only beyond the year 9999.
    pub fn apply(&self, candidate: &Zoned) -> Option<Zoned> {
        match self {
            Adjustment::Add(duration) => candidate.checked_add(*duration).ok(),
            Adjustment::NextWeekday => next_weekday(candidate),
        }
    }

    pub(super) fn read(field: &Field) -> Result<Adjustment, ScheduleError> {
        let function = field.get("fn")?;
        let name = function.string()?;
        match name.strip_prefix(MODULE).unwrap_or_default() {
            "add" => {
                let interval = field.get("kwargs")?.get("interval")?;
                Ok(Adjustment::Add(datetime::read_duration_argument(&interval)?))
            }
            "next_weekday" => Ok(Adjustment::NextWeekday),
            _ => {
                let path = function.path().to_owned();
                Err(ScheduleError::UnknownAdjustment { path, name: name.to_owned() })
            }
        }
    }

    pub(super) fn write(&self) -> Value {
        let (name, kwargs) = match self {
            Adjustment::Add(duration) => {
                ("add", json!({"interval": datetime::write_duration_argument(*duration)}))
            }
            Adjustment::NextWeekday => ("next_weekday", json!({})),
        };
        json!({"fn": format!("{MODULE}{name}"), "kwargs": kwargs})
    }
}

/// Goes a day at a time, as Prefect does: a clock time that the weekend skips is moved for Monday, too.
fn next_weekday(candidate: &Zoned) -> Option<Zoned> {
    let mut day = candidate.clone();
    while is_weekend(day.weekday()) {
        day = at_clock_time(day.datetime().checked_add(1.day()).ok()?, day.time_zone())?;
    }
    Some(day)
}
