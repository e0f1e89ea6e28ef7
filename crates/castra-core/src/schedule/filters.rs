//! Filters: which candidate events of the clocks pass (prefect 1.4.1 `prefect.schedules.filters`).
//!
//! They look at the clock time in the time zone of the clock that emitted the candidate.

use jiff::Zoned;
use jiff::civil::{Date, Time, Weekday};
use serde_json::{Value, json};

use super::datetime;
use super::error::ScheduleError;
use crate::field::Field;

/// The names of all filters, without the module that the wire form puts before them.
pub(super) const NAMES: [&str; 11] = [
    "on_datetime",
    "on_date",
    "at_time",
    "between_datetimes",
    "between_dates",
    "between_times",
    "is_weekday",
    "is_weekend",
    "is_month_end",
    "is_day_of_week",
    "is_month_start",
];

const MODULE: &str = "prefect.schedules.filters.";

/// Passes or refuses a candidate event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    /// Exactly this instant.
    OnDatetime(Zoned),
    /// This day of every year.
    OnDate(MonthDay),
    /// Exactly this time of day.
    AtTime(Time),
    /// Between two instants, both included.
    BetweenDatetimes(Zoned, Zoned),
    /// Between two days of every year, both included; over the new year if the first month is the later one.
    BetweenDates(MonthDay, MonthDay),
    /// Between two times of day, both included; over midnight if the first is the later one.
    BetweenTimes(Time, Time),
    /// Monday to Friday.
    IsWeekday,
    /// Saturday and Sunday.
    IsWeekend,
    /// The last day of a month.
    IsMonthEnd,
    /// One day of the week, counted from Monday = 0. Prefect's documentation counts from Sunday, its code from
    /// Monday; flows were tried against the code.
    IsDayOfWeek(i64),
    /// The first day of a month.
    IsMonthStart,
}

/// A day of every year. The numbers are compared, never resolved: the 30th of February merely never comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct MonthDay {
    /// From January = 1.
    pub month: i64,
    /// From 1.
    pub day: i64,
}

impl From<Date> for MonthDay {
    fn from(date: Date) -> Self {
        MonthDay { month: date.month().into(), day: date.day().into() }
    }
}

impl Filter {
    /// Whether an event at `candidate` passes.
    pub fn passes(&self, candidate: &Zoned) -> bool {
        let (date, time) = (candidate.date(), candidate.time());
        let weekday = date.weekday();
        match self {
            Filter::OnDatetime(datetime) => candidate == datetime,
            Filter::OnDate(day) => MonthDay::from(date) == *day,
            Filter::AtTime(at) => time == *at,
            Filter::BetweenDatetimes(start, end) => start <= candidate && candidate <= end,
            Filter::BetweenDates(start, end) => {
                let day = MonthDay::from(date);
                if start.month <= end.month {
                    *start <= day && day <= *end
                } else {
                    *start <= day || day <= *end
                }
            }
            Filter::BetweenTimes(start, end) if start <= end => *start <= time && time <= *end,
            Filter::BetweenTimes(start, end) => *start <= time || time <= *end,
            Filter::IsWeekday => !is_weekend(weekday),
            Filter::IsWeekend => is_weekend(weekday),
            Filter::IsMonthEnd => date.day() == date.days_in_month(),
            Filter::IsDayOfWeek(day) => i64::from(weekday.to_monday_zero_offset()) == *day,
            Filter::IsMonthStart => date.day() == 1,
        }
    }

    pub(super) fn read(field: &Field) -> Result<Filter, ScheduleError> {
        let function = field.get("fn")?;
        let kwargs = field.get("kwargs")?;
        let month_day = |month: &str, day: &str| -> Result<MonthDay, ScheduleError> {
            Ok(MonthDay { month: kwargs.get(month)?.integer()?, day: kwargs.get(day)?.integer()? })
        };
        let datetime =
            |name: &str| kwargs.get(name).and_then(|field| datetime::read_datetime_argument(&field));
        let time = |name: &str| kwargs.get(name).and_then(|field| datetime::read_time_argument(&field));
        let name = function.string()?;
        Ok(match name.strip_prefix(MODULE).unwrap_or_default() {
            "on_datetime" => Filter::OnDatetime(datetime("dt")?),
            "on_date" => Filter::OnDate(month_day("month", "day")?),
            "at_time" => Filter::AtTime(time("t")?),
            "between_datetimes" => Filter::BetweenDatetimes(datetime("start")?, datetime("end")?),
            "between_dates" => Filter::BetweenDates(
                month_day("start_month", "start_day")?,
                month_day("end_month", "end_day")?,
            ),
            "between_times" => Filter::BetweenTimes(time("start")?, time("end")?),
            "is_weekday" => Filter::IsWeekday,
            "is_weekend" => Filter::IsWeekend,
            "is_month_end" => Filter::IsMonthEnd,
            "is_day_of_week" => Filter::IsDayOfWeek(kwargs.get("day_of_week")?.integer()?),
            "is_month_start" => Filter::IsMonthStart,
            _ => {
                let path = function.path().to_owned();
                return Err(ScheduleError::UnknownFilter { path, name: name.to_owned() });
            }
        })
    }

    pub(super) fn write(&self) -> Value {
        let (name, kwargs) = match self {
            Filter::OnDatetime(at) => ("on_datetime", json!({"dt": datetime::write_datetime_argument(at)})),
            Filter::OnDate(on) => ("on_date", json!({"month": on.month, "day": on.day})),
            Filter::AtTime(at) => ("at_time", json!({"t": datetime::write_time_argument(*at)})),
            Filter::BetweenDatetimes(start, end) => (
                "between_datetimes",
                json!({
                    "start": datetime::write_datetime_argument(start),
                    "end": datetime::write_datetime_argument(end),
                }),
            ),
            Filter::BetweenDates(start, end) => (
                "between_dates",
                json!({
                    "start_month": start.month, "start_day": start.day,
                    "end_month": end.month, "end_day": end.day,
                }),
            ),
            Filter::BetweenTimes(start, end) => (
                "between_times",
                json!({
                    "start": datetime::write_time_argument(*start),
                    "end": datetime::write_time_argument(*end),
                }),
            ),
            Filter::IsWeekday => ("is_weekday", json!({})),
            Filter::IsWeekend => ("is_weekend", json!({})),
            Filter::IsMonthEnd => ("is_month_end", json!({})),
            Filter::IsDayOfWeek(day) => ("is_day_of_week", json!({"day_of_week": day})),
            Filter::IsMonthStart => ("is_month_start", json!({})),
        };
        json!({"fn": format!("{MODULE}{name}"), "kwargs": kwargs})
    }
}

/// Saturday and Sunday.
pub(super) fn is_weekend(weekday: Weekday) -> bool {
    matches!(weekday, Weekday::Saturday | Weekday::Sunday)
}
