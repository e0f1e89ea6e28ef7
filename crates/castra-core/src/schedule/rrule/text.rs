//! Reads a rule as RFC 5545 writes it, `FREQ=WEEKLY;BYDAY=MO,FR`, with dateutil's `BYEASTER`, and fills in from the start
//! what it does not say.

use jiff::civil::{DateTime, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use super::days::Days;
use super::rule::{Frequency, MAX_COUNT, Rule, Times};

const WEEKDAYS: [(&str, Weekday); 7] = [
    ("MO", Weekday::Monday),
    ("TU", Weekday::Tuesday),
    ("WE", Weekday::Wednesday),
    ("TH", Weekday::Thursday),
    ("FR", Weekday::Friday),
    ("SA", Weekday::Saturday),
    ("SU", Weekday::Sunday),
];

/// The parts of a rule that hold numbers, with the largest, and the smallest: negative if they count from the end.
const NUMBERS: [(&str, i64, i64); 11] = [
    ("INTERVAL", 1, u32::MAX as i64),
    ("COUNT", 0, MAX_COUNT),
    ("BYSETPOS", -366, 366),
    ("BYMONTH", 1, 12),
    ("BYMONTHDAY", -31, 31),
    ("BYYEARDAY", -366, 366),
    ("BYWEEKNO", -53, 53),
    ("BYHOUR", 0, 23),
    ("BYMINUTE", 0, 59),
    ("BYSECOND", 0, 59),
    ("BYEASTER", -366, 366),
];

/// The largest number of a weekday, as in the 53rd Monday of a year.
const MAX_NTH: i64 = 53;

/// The rule without its start, which Prefect's form holds once more and in full.
pub(super) fn shown(text: &str) -> &str {
    let rule = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with("DTSTART"));
    rule.map_or("", |rule| rule.strip_prefix("RRULE:").unwrap_or(rule))
}

/// The parts of a rule, by name.
pub(super) struct Parts<'a> {
    text: &'a str,
    parts: Vec<(&'a str, &'a str)>,
}

impl<'a> Parts<'a> {
    /// Takes a rule apart; the error says what is wrong with it.
    pub(super) fn read(text: &'a str) -> Result<Parts<'a>, String> {
        let text = shown(text);
        let mut parts = Vec::new();
        for part in text.split(';') {
            let (name, value) = part.split_once('=').ok_or_else(|| format!("{part:?} is no NAME=value"))?;
            let is_known = ["FREQ", "UNTIL", "WKST", "BYDAY"].contains(&name)
                || NUMBERS.iter().any(|(known, ..)| *known == name);
            if !is_known {
                return Err(format!("there is no {name}"));
            }
            parts.push((name, value));
        }
        Ok(Parts { text, parts })
    }

    /// The rule that begins at `start` and ends with `until`, if that stands beside the rule, or else where it says.
    pub(super) fn rule(&self, start: &Zoned, until: Option<Timestamp>) -> Result<Rule, String> {
        let frequency = self.frequency()?;
        let zone = start.time_zone().clone();
        let start =
            start.datetime().with().subsec_nanosecond(0).build().map_err(|error| error.to_string())?;
        let count = self.number("COUNT")?.and_then(|count| usize::try_from(count).ok());
        Ok(Rule {
            text: self.text.to_owned(),
            frequency,
            interval: self.number("INTERVAL")?.unwrap_or(1),
            count,
            until: until.map_or_else(|| self.until(&zone), |until| Ok(Some(until)))?,
            days: self.days(frequency, start)?,
            times: self.times(frequency, start)?,
            set_positions: self.numbers("BYSETPOS")?,
            start,
            zone,
        })
    }

    fn get(&self, name: &str) -> Option<&'a str> {
        self.parts.iter().find(|(part, _)| *part == name).map(|(_, value)| *value)
    }

    fn frequency(&self) -> Result<Frequency, String> {
        let value = self.get("FREQ").ok_or("it has no FREQ, for example FREQ=DAILY")?;
        let known = Frequency::NAMES.iter().find(|(name, _)| *name == value);
        known.map(|(_, frequency)| *frequency).ok_or_else(|| {
            let names = Frequency::NAMES.map(|(name, _)| name).join(", ");
            format!("FREQ is one of {names}, not {value:?}")
        })
    }

    /// The numbers of a part, in order; none if it is not there.
    fn numbers(&self, name: &'static str) -> Result<Vec<i64>, String> {
        let values = self.get(name).into_iter().flat_map(|value| value.split(','));
        let mut numbers = values.map(|text| number_of(name, text)).collect::<Result<Vec<_>, _>>()?;
        numbers.sort_unstable();
        numbers.dedup();
        Ok(numbers)
    }

    fn number(&self, name: &'static str) -> Result<Option<i64>, String> {
        match self.numbers(name)?[..] {
            [] => Ok(None),
            [number] => Ok(Some(number)),
            _ => Err(format!("{name} is one number")),
        }
    }

    /// `UNTIL`, which is a time of the zone unless it ends with Z.
    fn until(&self, zone: &TimeZone) -> Result<Option<Timestamp>, String> {
        let Some(text) = self.get("UNTIL") else { return Ok(None) };
        let refused = || format!("UNTIL is a time such as 20300101T090000Z, not {text:?}");
        let (clock_time, zone) = match text.strip_suffix('Z') {
            Some(clock_time) => (clock_time, TimeZone::UTC),
            None => (text, zone.clone()),
        };
        let clock_time: DateTime = clock_time.parse().map_err(|_| refused())?;
        Ok(Some(clock_time.to_zoned(zone).map_err(|_| refused())?.timestamp()))
    }

    fn days(&self, frequency: Frequency, start: DateTime) -> Result<Days, String> {
        let named = self.weekdays()?;
        let is_counted = |nth: i64| nth != 0 && frequency <= Frequency::Monthly;
        let mut days = Days {
            months: self.numbers("BYMONTH")?,
            month_days: self.numbers("BYMONTHDAY")?,
            year_days: self.numbers("BYYEARDAY")?,
            weeks: self.numbers("BYWEEKNO")?,
            weekdays: named
                .iter()
                .filter(|(nth, _)| !is_counted(*nth))
                .map(|(_, weekday)| *weekday)
                .collect(),
            nth_weekdays: named.iter().filter(|(nth, _)| is_counted(*nth)).copied().collect(),
            easter_days: self.numbers("BYEASTER")?,
            week_start: self.get("WKST").map_or(Ok(Weekday::Monday), |text| weekday("WKST", text))?,
            nth_of_month: frequency == Frequency::Monthly,
        };
        if !["BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYDAY", "BYEASTER"]
            .iter()
            .any(|name| self.get(name).is_some())
        {
            days.begin_with(frequency, start);
        }
        days.nth_of_month |= !days.months.is_empty();
        Ok(days)
    }

    /// The weekdays of `BYDAY`, each with its number, which is 0 if it has none.
    fn weekdays(&self) -> Result<Vec<(i64, Weekday)>, String> {
        let Some(days) = self.get("BYDAY") else { return Ok(Vec::new()) };
        days.split(',').map(nth_weekday).collect()
    }

    fn times(&self, frequency: Frequency, start: DateTime) -> Result<Times, String> {
        let values = |name: &'static str, below: Frequency, otherwise: i8| -> Result<Vec<i8>, String> {
            let named = self.numbers(name)?;
            if named.is_empty() && frequency < below {
                return Ok(vec![otherwise]);
            }
            Ok(named.into_iter().filter_map(|value| i8::try_from(value).ok()).collect())
        };
        Ok(Times {
            hours: values("BYHOUR", Frequency::Hourly, start.hour())?,
            minutes: values("BYMINUTE", Frequency::Minutely, start.minute())?,
            seconds: values("BYSECOND", Frequency::Secondly, start.second())?,
        })
    }
}

impl Days {
    /// A rule that says no day is about that of its start.
    fn begin_with(&mut self, frequency: Frequency, start: DateTime) {
        match frequency {
            Frequency::Yearly if self.months.is_empty() => {
                self.months = vec![start.month().into()];
                self.month_days = vec![start.day().into()];
            }
            Frequency::Yearly | Frequency::Monthly => self.month_days = vec![start.day().into()],
            Frequency::Weekly => self.weekdays = vec![start.weekday()],
            _ => {}
        }
    }
}

/// Reads a number of a part, within its bounds.
fn number_of(name: &'static str, text: &str) -> Result<i64, String> {
    let bounds = NUMBERS.iter().find(|(known, ..)| *known == name);
    let (smallest, largest) =
        bounds.map_or((i64::MIN, i64::MAX), |(_, smallest, largest)| (*smallest, *largest));
    let zero_counts = smallest == 0 || name == "BYEASTER";
    let but_zero = if smallest < 0 && !zero_counts { " and not 0" } else { "" };
    let is_valid = |number: &i64| (smallest..=largest).contains(number) && (*number != 0 || zero_counts);
    let number = text.parse().ok().filter(is_valid);
    number.ok_or_else(|| format!("{name} is from {smallest} to {largest}{but_zero}, not {text:?}"))
}

/// Reads `MO`, `+1MO` or `-1FR`.
fn nth_weekday(text: &str) -> Result<(i64, Weekday), String> {
    let refused = || format!("BYDAY names days such as MO, 2TU or -1FR, not {text:?}");
    let (number, name) =
        text.len().checked_sub(2).and_then(|at| text.split_at_checked(at)).ok_or_else(refused)?;
    let number = match number {
        "" => 0,
        number => {
            number.parse().ok().filter(|nth: &i64| (1..=MAX_NTH).contains(&nth.abs())).ok_or_else(refused)?
        }
    };
    Ok((number, weekday("BYDAY", name).map_err(|_| refused())?))
}

fn weekday(part: &str, name: &str) -> Result<Weekday, String> {
    let known = WEEKDAYS.iter().find(|(known, _)| *known == name);
    known.map(|(_, weekday)| *weekday).ok_or_else(|| {
        let names = WEEKDAYS.map(|(name, _)| name).join(", ");
        format!("{part} is one of {names}, not {name:?}")
    })
}
