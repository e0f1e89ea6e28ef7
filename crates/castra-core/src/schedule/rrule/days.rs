//! Which days a rule names.

use jiff::civil::{Date, Weekday, date};

use super::easter::easter;

/// What a rule says of days; an empty list says nothing. Negative numbers count from the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Days {
    /// `BYMONTH`.
    pub(super) months: Vec<i64>,
    /// `BYMONTHDAY`.
    pub(super) month_days: Vec<i64>,
    /// `BYYEARDAY`.
    pub(super) year_days: Vec<i64>,
    /// `BYWEEKNO`.
    pub(super) weeks: Vec<i64>,
    /// `BYDAY` without a number.
    pub(super) weekdays: Vec<Weekday>,
    /// `BYDAY` with a number: the second Monday, the last Friday.
    pub(super) nth_weekdays: Vec<(i64, Weekday)>,
    /// `BYEASTER`: days after Easter Sunday.
    pub(super) easter_days: Vec<i64>,
    /// `WKST`.
    pub(super) week_start: Weekday,
    /// Whether a numbered weekday is counted within its month, and not within its year.
    pub(super) nth_of_month: bool,
}

impl Days {
    /// Whether a day has all that the rule says.
    pub(super) fn contain(&self, day: Date) -> bool {
        named(&self.months, || [day.month().into()])
            && named(&self.month_days, || both_ways(day.day().into(), day.days_in_month().into()))
            && (self.weekdays.is_empty() || self.weekdays.contains(&day.weekday()))
            && (self.nth_weekdays.is_empty() || self.nth_weekday_is_named(day))
            && named(&self.year_days, || both_ways(day.day_of_year().into(), day.days_in_year().into()))
            && named(&self.weeks, || week_of(day, self.week_start))
            && named(&self.easter_days, || [days_between(easter(day.year()), day)])
    }

    fn nth_weekday_is_named(&self, day: Date) -> bool {
        let (place, length): (i64, i64) = if self.nth_of_month {
            (day.day().into(), day.days_in_month().into())
        } else {
            (day.day_of_year().into(), day.days_in_year().into())
        };
        let numbers = [(place - 1) / 7 + 1, -((length - place) / 7 + 1)];
        let names =
            |(number, weekday): &(i64, Weekday)| *weekday == day.weekday() && numbers.contains(number);
        self.nth_weekdays.iter().any(names)
    }
}

/// Whether one of the numbers is among the named ones; nothing named is everything.
fn named<const N: usize>(named: &[i64], numbers: impl FnOnce() -> [i64; N]) -> bool {
    named.is_empty() || numbers().iter().any(|number| named.contains(number))
}

/// The place counted from 1 on, and from the end, which is -1.
fn both_ways(place: i64, length: i64) -> [i64; 2] {
    [place, place - length - 1]
}

/// The week of a day, both ways. A week belongs to the year that has most of its days, as in ISO 8601.
fn week_of(day: Date, week_start: Weekday) -> [i64; 2] {
    let middle = start_of_week(day, week_start).saturating_add(jiff::Span::new().days(3));
    let last = last_middle(middle.year(), week_start);
    both_ways(week_number(middle), week_number(last))
}

fn week_number(middle: Date) -> i64 {
    i64::from(middle.day_of_year() - 1) / 7 + 1
}

/// The middle of the last week of a year.
fn last_middle(year: i16, week_start: Weekday) -> Date {
    let last = date(year, 12, 31);
    let middle = week_start.wrapping_add(3);
    last.saturating_sub(jiff::Span::new().days(i64::from(last.weekday().since(middle))))
}

/// The first day of the week in which a day lies.
pub(super) fn start_of_week(day: Date, week_start: Weekday) -> Date {
    day.saturating_sub(jiff::Span::new().days(i64::from(day.weekday().since(week_start))))
}

/// How many days `end` comes after `start`.
pub(super) fn days_between(start: Date, end: Date) -> i64 {
    start.duration_until(end).as_hours() / 24
}
