//! Recurrence-rule clocks: events at the times that a rule of iCalendar (RFC 5545) names, or several rules and dates
//! together with others that are left out.
//!
//! The wire form is the one in which prefect 1.4.1 writes an `rrule` or `rruleset` of dateutil, and the times are those
//! that dateutil finds. Prefect's form holds only the offset of a rule's start; Castra adds the name of the time zone
//! (`tz`) if there is one, so that clock times stay what they are when the clocks change. As RFC 5545 says, a clock time
//! that comes twice is the first of the two, and one that is skipped is moved forward by what is skipped.

mod days;
mod easter;
mod expand;
mod rule;
mod set;
mod text;
mod wire;

use jiff::{Timestamp, Zoned};
use serde_json::{Map, Value, json};

use self::set::RuleSet;
use super::datetime;
use super::error::ScheduleError;
use crate::field::Field;

/// A recurrence-rule clock (prefect 1.4.1 `RRuleClock`).
#[derive(Debug, Clone)]
pub struct RRule {
    /// The rule or the set of rules as it was given.
    wire: Value,
    set: RuleSet,
    start_date: Option<Zoned>,
    end_date: Option<Zoned>,
}

impl PartialEq for RRule {
    fn eq(&self, other: &Self) -> bool {
        (&self.wire, &self.start_date, &self.end_date) == (&other.wire, &other.start_date, &other.end_date)
    }
}

impl RRule {
    /// A clock with the events of `rule`, for example `FREQ=MONTHLY;BYDAY=-1FR`, counted from `start` on by the clock of
    /// its time zone.
    ///
    /// # Errors
    /// [`ScheduleError::RRule`] if the rule cannot be read.
    pub fn new(rule: &str, start: &Zoned) -> Result<Self, ScheduleError> {
        let wire = wire::versioned(wire::of_rule(rule, start));
        let set = RuleSet::read(&Field::root("rrule", &wire))?;
        Ok(RRule { wire, set, start_date: None, end_date: None })
    }

    /// No event comes before `start`, from wherever the rule counts.
    pub fn starting(self, start: Zoned) -> Self {
        RRule { start_date: Some(start), ..self }
    }

    /// No event comes after `end`.
    pub fn ending(self, end: Zoned) -> Self {
        RRule { end_date: Some(end), ..self }
    }

    /// The rules in words of RFC 5545, `FREQ=…` without the start, those that leave events out not among them.
    pub fn rules(&self) -> Vec<&str> {
        self.set.rules()
    }

    /// The events after `after`, in order.
    pub(super) fn events(&self, after: Timestamp) -> impl Iterator<Item = Zoned> {
        let start = self.start_date.as_ref().map_or(Timestamp::MIN, Zoned::timestamp);
        let end = self.end_date.as_ref().map_or(Timestamp::MAX, Zoned::timestamp);
        self.set
            .events(after.max(start))
            .filter(move |event| after < event.timestamp() && start <= event.timestamp())
            .take_while(move |event| event.timestamp() <= end)
    }

    pub(super) fn read(field: &Field) -> Result<RRule, ScheduleError> {
        let rule = field.get("rrule_obj")?;
        Ok(RRule {
            wire: wire::versioned(rule.value()),
            set: RuleSet::read(&rule)?,
            start_date: datetime::read_optional(field.get("start_date")?)?,
            end_date: datetime::read_optional(field.get("end_date")?)?,
        })
    }

    pub(super) fn write(&self, wire: &mut Map<String, Value>) {
        wire.insert("type".into(), json!("RRuleClock"));
        wire.insert("rrule_obj".into(), self.wire.clone());
        wire.insert("start_date".into(), datetime::write_optional(self.start_date.as_ref()));
        wire.insert("end_date".into(), datetime::write_optional(self.end_date.as_ref()));
    }
}
