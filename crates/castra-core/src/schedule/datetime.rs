//! Dates and times as prefect 1.4.1 writes them: `{"dt", "tz"}` for clocks, `//datetime:` and the like for arguments of filters.

use jiff::civil;
use jiff::fmt::temporal::DateTimeParser;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Zoned};
use serde_json::{Value, json};

use super::error::ScheduleError;
use crate::field::{Field, FieldError};

/// More than any date can move.
pub(super) const TEN_THOUSAND_YEARS: SignedDuration = SignedDuration::from_hours(10_000 * 366 * 24);

/// The instant at which clocks in `zone` show `datetime`: the later one if they show it twice, and moved
/// forward by the gap if they skip it (pendulum's rule). `None` only beyond the year 9999.
pub(super) fn at_clock_time(datetime: civil::DateTime, zone: &TimeZone) -> Option<Zoned> {
    zone.to_ambiguous_zoned(datetime).later().ok()
}

/// The time zone called `name`: an IANA name or a fixed offset.
pub(super) fn time_zone(path: &str, name: &str) -> Result<TimeZone, ScheduleError> {
    let is_named = |zone: &TimeZone| zone.iana_name().is_some() || zone.to_fixed_offset().is_ok();
    let zone = DateTimeParser::new().parse_time_zone(name).ok().filter(is_named);
    zone.ok_or_else(|| ScheduleError::UnknownTimeZone { path: path.to_owned(), name: name.to_owned() })
}

/// Reads `{"dt": "2020-01-01T09:00:00", "tz": "Europe/Berlin"}` (prefect 1.4.1 `DateTimeTZ`).
pub(super) fn read(field: &Field) -> Result<Zoned, ScheduleError> {
    let (dt, tz) = (field.get("dt")?, field.get("tz")?);
    let zone = time_zone(tz.path(), tz.string()?)?;
    let not_a_time = || dt.expected("a date and time such as \"2020-01-01T09:00:00\"");
    let datetime: civil::DateTime = dt.string()?.parse().map_err(|_| not_a_time())?;
    at_clock_time(datetime, &zone).ok_or_else(|| not_a_time().into())
}

/// Reads a date and time that may be absent or null.
pub(super) fn read_optional(field: Field) -> Result<Option<Zoned>, ScheduleError> {
    field.present().map(|field| read(&field)).transpose()
}

/// Writes what [`read`] reads.
pub(super) fn write(zoned: &Zoned) -> Value {
    let tz = match zoned.time_zone().iana_name() {
        Some(name) => name.to_owned(),
        None => zoned.strftime("%:z").to_string(),
    };
    json!({"dt": format!("{}{}", zoned.strftime("%Y-%m-%dT%H:%M:%S"), micros(zoned.subsec_nanosecond())), "tz": tz})
}

/// Writes a date and time that may be absent.
pub(super) fn write_optional(zoned: Option<&Zoned>) -> Value {
    zoned.map_or(Value::Null, write)
}

/// Python writes six digits of a second's fraction, or none.
fn micros(nanoseconds: i32) -> String {
    match nanoseconds / 1_000 {
        0 => String::new(),
        micros => format!(".{micros:06}"),
    }
}

/// Reads `//datetime:2020-01-01T00:00:00+01:00`; without an offset it is UTC.
pub(super) fn read_datetime_argument(field: &Field) -> Result<Zoned, FieldError> {
    let expected = || field.expected("\"//datetime:\" and a date and time");
    let text = field.string()?.strip_prefix("//datetime:").ok_or_else(expected)?;
    let pieces = jiff::fmt::temporal::Pieces::parse(text).map_err(|_| expected())?;
    let zone = match pieces.to_numeric_offset() {
        Some(offset) => TimeZone::fixed(offset),
        None => TimeZone::UTC,
    };
    let datetime = pieces.date().to_datetime(pieces.time().unwrap_or(civil::Time::midnight()));
    at_clock_time(datetime, &zone).ok_or_else(expected)
}

/// Writes what [`read_datetime_argument`] reads.
pub(super) fn write_datetime_argument(zoned: &Zoned) -> Value {
    let (clock, fraction) = (zoned.strftime("%Y-%m-%dT%H:%M:%S"), micros(zoned.subsec_nanosecond()));
    json!(format!("//datetime:{clock}{fraction}{}", zoned.strftime("%:z")))
}

/// Reads `//time:04:00:00`.
pub(super) fn read_time_argument(field: &Field) -> Result<civil::Time, FieldError> {
    let expected = || field.expected("\"//time:\" and a time of day");
    let text = field.string()?.strip_prefix("//time:").ok_or_else(expected)?;
    text.parse().map_err(|_| expected())
}

/// Writes what [`read_time_argument`] reads.
pub(super) fn write_time_argument(time: civil::Time) -> Value {
    json!(format!("//time:{}{}", time.strftime("%H:%M:%S"), micros(time.subsec_nanosecond())))
}

/// Reads `//timedelta:60.0`: seconds.
pub(super) fn read_duration_argument(field: &Field) -> Result<SignedDuration, FieldError> {
    let expected = || field.expected("\"//timedelta:\" and a number of seconds");
    let text = field.string()?.strip_prefix("//timedelta:").ok_or_else(expected)?;
    let seconds: f64 = text.parse().map_err(|_| expected())?;
    let duration = SignedDuration::from_micros((seconds * 1e6).round() as i64);
    let range = -TEN_THOUSAND_YEARS..=TEN_THOUSAND_YEARS;
    if !seconds.is_nan() && range.contains(&duration) { Ok(duration) } else { Err(expected()) }
}

/// Writes what [`read_duration_argument`] reads.
pub(super) fn write_duration_argument(duration: SignedDuration) -> Value {
    json!(format!("//timedelta:{:?}", duration.as_secs_f64()))
}
