//! The form in which prefect 1.4.1 writes rules and sets of rules (`prefect.serialization.schedule` `RRuleSchema`), and
//! what Castra adds to it: `tz`, the name of the time zone whose clock times count.

use jiff::Zoned;
use jiff::civil::{self, Time};
use jiff::fmt::temporal::Pieces;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::rule::Rule;
use super::set::RuleSet;
use super::text::{self, Parts};
use crate::field::Field;
use crate::schedule::error::ScheduleError;
use crate::schedule::{WIRE_VERSION, datetime};

/// Where a rule begins that says no start (prefect 1.4.1 `RRuleSchema`).
const DEFAULT_START: civil::DateTime = civil::datetime(2018, 6, 20, 0, 0, 0, 0);

/// The wire form of a rule that begins at `start`.
pub(super) fn of_rule(rule: &str, start: &Zoned) -> Value {
    let mut wire = json!({
        "rr": format!("DTSTART:{}\nRRULE:{rule}", start.strftime("%Y%m%dT%H%M%S")),
        "_dtstart": start.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(),
        "type": "rrule",
    });
    if let Some(name) = start.time_zone().iana_name() {
        wire["tz"] = json!(name);
    }
    wire
}

/// The form of a rule or of a set with the version of the form in it and in each of its rules.
pub(super) fn versioned(mut form: Value) -> Value {
    if let Value::Object(fields) = &mut form {
        for rules in ["_rrule", "_exrule"] {
            if let Some(Value::Array(rules)) = fields.get_mut(rules) {
                rules.iter_mut().for_each(|rule| *rule = versioned(rule.take()));
            }
        }
        fields.entry("__version__").or_insert_with(|| json!(WIRE_VERSION));
    }
    form
}

impl RuleSet {
    /// Reads a rule (`type` is `rrule`) or a set of rules (`rruleset`).
    pub(super) fn read(field: &Field) -> Result<RuleSet, ScheduleError> {
        let kind = field.get("type")?;
        match kind.string()? {
            "rrule" => Ok(RuleSet { rules: vec![Rule::read(field)?], ..RuleSet::default() }),
            "rruleset" => Ok(RuleSet {
                rules: each(field, "_rrule", Rule::read)?,
                dates: each(field, "_rdate", read_date)?,
                left_out_rules: each(field, "_exrule", Rule::read)?,
                left_out_dates: each(field, "_exdate", read_date)?,
            }),
            _ => Err(kind.expected("\"rrule\" or \"rruleset\"").into()),
        }
    }
}

impl Rule {
    fn read(field: &Field) -> Result<Rule, ScheduleError> {
        let rule = field.get("rr")?;
        let start = field.get("_dtstart")?.present().map(|start| read_date(&start)).transpose()?;
        let start = start.unwrap_or_else(|| DEFAULT_START.to_zoned(TimeZone::UTC).unwrap_or_default());
        let zone = match field.get("tz")?.present() {
            Some(name) => datetime::time_zone(name.path(), name.string()?)?,
            None => start.time_zone().clone(),
        };
        let until = field.get("_until")?.present().map(|until| read_date(&until)).transpose()?;
        let refused = |reason| ScheduleError::RRule {
            path: rule.path().to_owned(),
            rule: text::shown(rule.string().unwrap_or_default()).to_owned(),
            reason,
        };
        let parts = Parts::read(rule.string()?).map_err(refused)?;
        let start = start.with_time_zone(zone);
        parts.rule(&start, until.as_ref().map(Zoned::timestamp)).map_err(refused)
    }
}

/// Reads `2020-01-01T09:00:00+01:00`; without an offset it is UTC.
fn read_date(field: &Field) -> Result<Zoned, ScheduleError> {
    let expected = || field.expected("a date and time such as \"2020-01-01T09:00:00+01:00\"");
    let pieces = Pieces::parse(field.string()?).map_err(|_| expected())?;
    let zone = pieces.to_numeric_offset().map_or(TimeZone::UTC, TimeZone::fixed);
    let datetime = pieces.date().to_datetime(pieces.time().unwrap_or(Time::midnight()));
    Ok(datetime.to_zoned(zone).map_err(|_| expected())?)
}

fn each<T>(
    field: &Field,
    name: &str,
    read: impl Fn(&Field) -> Result<T, ScheduleError>,
) -> Result<Vec<T>, ScheduleError> {
    field.get(name)?.items()?.iter().map(read).collect()
}
