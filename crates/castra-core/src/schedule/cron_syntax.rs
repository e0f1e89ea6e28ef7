//! Reads cron expressions as Prefect's parser (croniter) does, where that differs from croner's reading.
//!
//! croniter puts seconds and years last, lets ranges wrap around (`FRI-MON`), counts `5/10` up to the end of the
//! field, and writes the last Friday as `L5`. Everything else the two share and is left to croner.

use croner::Cron;
use croner::errors::CronError;
use croner::parser::CronParser;

/// A field of a cron expression: its bounds and the names of its values.
struct CronField {
    first: u16,
    last: u16,
    names: &'static [&'static str],
}

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// In croniter's order: minute, hour, day of month, month, day of week, second, year.
const FIELDS: [CronField; 7] = [
    CronField { first: 0, last: 59, names: &[] },
    CronField { first: 0, last: 23, names: &[] },
    CronField { first: 1, last: 31, names: &[] },
    CronField { first: 1, last: 12, names: &MONTHS },
    CronField { first: 0, last: 6, names: &WEEKDAYS },
    CronField { first: 0, last: 59, names: &[] },
    CronField { first: 1970, last: 2099, names: &[] },
];

/// Parses `expression`; `day_or` says whether a day must match its day of month or its day of week (cron's rule
/// when both are given) or both of them.
pub(super) fn parse(expression: &str, day_or: bool) -> Result<Cron, CronError> {
    CronParser::builder().dom_and_dow(!day_or).build().parse(&to_croner(expression))
}

fn to_croner(expression: &str) -> String {
    let expression = expression.to_ascii_lowercase();
    if expression.trim() == "@midnight" {
        return "@daily".to_owned();
    }
    let mut parts: Vec<String> =
        expression.split_ascii_whitespace().zip(&FIELDS).map(|(part, field)| field.rewrite(part)).collect();
    let given = expression.split_ascii_whitespace().count();
    if given < 5 || given > FIELDS.len() {
        return expression;
    }
    if given > 5 {
        let seconds = parts.remove(5);
        parts.insert(0, seconds);
    }
    parts.join(" ")
}

impl CronField {
    fn rewrite(&self, part: &str) -> String {
        part.split(',').map(|item| self.rewrite_item(item)).collect::<Vec<_>>().join(",")
    }

    fn rewrite_item(&self, item: &str) -> String {
        if let Some(weekday) = item.strip_prefix('l').filter(|rest| !rest.is_empty()) {
            return format!("{weekday}#l");
        }
        let (range, step) = item.split_once('/').map_or((item, None), |(range, step)| (range, Some(step)));
        let bounds = match range.split_once('-') {
            Some((first, last)) => self.value(first).zip(self.value(last)),
            None if step.is_some() => self.value(range).map(|first| (first, self.last)),
            None => None,
        };
        match (bounds, step) {
            (Some((first, last)), Some(step)) if first <= last => format!("{first}-{last}/{step}"),
            (Some((first, last)), None) if first <= last => format!("{first}-{last}"),
            (Some((first, last)), None) => format!("{first}-{},{}-{last}", self.last, self.first),
            _ => item.to_owned(),
        }
    }

    /// The number of a value, by name or as written; 7 is a Sunday too.
    fn value(&self, text: &str) -> Option<u16> {
        if let Some(index) = self.names.iter().position(|name| *name == text) {
            return Some(self.first + index as u16);
        }
        let number: u16 = text.parse().ok()?;
        Some(if self.last == 6 && number == 7 { 0 } else { number })
    }
}

#[cfg(test)]
mod tests {
    use super::to_croner;

    #[test]
    fn expressions_are_rewritten_for_croner() {
        let cases = [
            ("0 9 * * MON-FRI", "0 9 * * 1-5"),
            ("0 9 * * fri-mon", "0 9 * * 5-6,0-1"),
            ("0 22-2 * * *", "0 22-23,0-2 * * *"),
            ("5/20 * * * *", "5-59/20 * * * *"),
            ("0 0 * * 1/2", "0 0 * * 1-6/2"),
            ("0 0 * * 5-7", "0 0 * * 5-6,0-0"),
            ("0 0 * * L5", "0 0 * * 5#l"),
            ("0 0 L * *", "0 0 l * *"),
            ("1 2 3 4 5 6", "6 1 2 3 4 5"),
            ("1 2 3 4 5 6 2030", "6 1 2 3 4 5 2030"),
            ("@midnight", "@daily"),
            ("@Hourly", "@hourly"),
        ];
        for (given, expected) in cases {
            assert_eq!(to_croner(given), expected, "{given}");
        }
    }
}
