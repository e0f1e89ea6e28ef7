//! From a rule to its occurrences: period after period, the clock times within it that the rule names.
//!
//! Time zones come afterwards ([`super::set`]): a rule counts clock times.

use jiff::civil::{Date, DateTime, Time};
use jiff::{SignedDuration, Span};

use super::days::{days_between, start_of_week};
use super::rule::{Frequency, Rule, Times};

/// How many periods without an occurrence are looked at before a rule is held to have no more: days for 500 years.
const MAX_EMPTY_PERIODS: usize = 200_000;

/// The occurrences of a period: those of its days at each of its times, or the picked ones of them.
struct Period {
    days: Vec<Date>,
    times: Vec<Time>,
    picked: Option<Vec<usize>>,
    next: usize,
}

impl Period {
    const EMPTY: Period = Period { days: Vec::new(), times: Vec::new(), picked: None, next: 0 };

    fn new(days: Vec<Date>, times: Vec<Time>, positions: &[i64]) -> Period {
        let picked = (!positions.is_empty()).then(|| picked(positions, days.len() * times.len()));
        Period { days, times, picked, next: 0 }
    }

    /// Passes over the days before this one.
    fn from(mut self, day: Date) -> Period {
        if self.picked.is_none() {
            self.next = self.days.partition_point(|other| *other < day) * self.times.len();
        }
        self
    }
}

impl Iterator for Period {
    type Item = DateTime;

    fn next(&mut self) -> Option<DateTime> {
        let place = match &self.picked {
            Some(picked) => *picked.get(self.next)?,
            None => self.next,
        };
        self.next += 1;
        let day = self.days.get(place.checked_div(self.times.len())?)?;
        Some(day.to_datetime(self.times[place % self.times.len()]))
    }
}

/// The places from 0 on that the positions name of so many, in order.
fn picked(positions: &[i64], length: usize) -> Vec<usize> {
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    let place = |position: &i64| if *position < 0 { length + position } else { position - 1 };
    let within = positions.iter().map(place).filter(|place| (0..length).contains(place));
    let mut places: Vec<usize> = within.filter_map(|place| usize::try_from(place).ok()).collect();
    places.sort_unstable();
    places.dedup();
    places
}

impl Rule {
    /// The clock times that the rule names from its start on, in order. Those before `from` may be passed over.
    pub(super) fn clock_times(&self, from: DateTime) -> impl Iterator<Item = DateTime> {
        let from = if self.count.is_some() { self.start } else { from.max(self.start) };
        let mut index = self.index_at(from);
        let mut period = Period::EMPTY;
        let found = std::iter::from_fn(move || {
            for _ in 0..MAX_EMPTY_PERIODS {
                if let Some(clock_time) = period.next() {
                    return Some(clock_time);
                }
                let (found, next) = self.period(index)?;
                (period, index) = (found.from(from.date()), next);
            }
            None
        });
        found.filter(|clock_time| self.start <= *clock_time).take(self.count.unwrap_or(usize::MAX))
    }

    /// The number of the period in which `from` lies, or of one shortly before.
    fn index_at(&self, from: DateTime) -> i64 {
        let (start, end) = (self.start.date(), from.date());
        let periods = match self.frequency {
            Frequency::Yearly => i64::from(end.year()) - i64::from(start.year()),
            Frequency::Monthly => months(end) - months(start),
            Frequency::Weekly => days_between(start, end) / 7,
            Frequency::Daily => days_between(start, end),
            _ => self.start.duration_until(from).as_secs() / self.unit().as_secs(),
        };
        (periods / self.interval - 1).max(0)
    }

    /// The period with this number, and the number of the next that may have an occurrence; `None` beyond the year 9999.
    fn period(&self, index: i64) -> Option<(Period, i64)> {
        let distance = index.checked_mul(self.interval)?;
        if self.frequency >= Frequency::Hourly {
            return self.unit_period(distance, index);
        }
        let (first, length) = self.span(distance)?;
        let days = (0..length).filter_map(|day| first.checked_add(Span::new().days(day)).ok());
        let days = days.filter(|day| self.days.contain(*day)).collect();
        let Times { hours, minutes, seconds } = &self.times;
        let times = Times::within(hours, minutes, seconds);
        Some((Period::new(days, times, &self.set_positions), index + 1))
    }

    /// The first day and the number of days of the period so many years, months, weeks or days after that of the start.
    fn span(&self, distance: i64) -> Option<(Date, i64)> {
        let start = self.start.date();
        match self.frequency {
            Frequency::Yearly => {
                let first = date_of(i64::from(start.year()).checked_add(distance)?, 1)?;
                Some((first, first.days_in_year().into()))
            }
            Frequency::Monthly => {
                let month = months(start).checked_add(distance)?;
                let first = date_of(month.div_euclid(12), month.rem_euclid(12) + 1)?;
                Some((first, first.days_in_month().into()))
            }
            // The first week begins with the start, as the rule does, which matters to positions within it.
            Frequency::Weekly if distance == 0 => {
                Some((start, 7 - days_between(start_of_week(start, self.days.week_start), start)))
            }
            Frequency::Weekly => {
                let first = start_of_week(start, self.days.week_start);
                Some((first.checked_add(Span::new().try_weeks(distance).ok()?).ok()?, 7))
            }
            _ => Some((start.checked_add(Span::new().try_days(distance).ok()?).ok()?, 1)),
        }
    }

    /// The hour, minute or second so many after that of the start. If the rule does not name its day or its hour, the
    /// next worth a look is the first after that.
    fn unit_period(&self, distance: i64, index: i64) -> Option<(Period, i64)> {
        let begin =
            self.first_unit().checked_add(seconds(distance.checked_mul(self.unit().as_secs())?)).ok()?;
        let (day, time) = (begin.date(), begin.time());
        if !self.days.contain(day) {
            return Some((
                Period::EMPTY,
                self.index_from(day.tomorrow().ok()?.to_datetime(Time::midnight())),
            ));
        }
        if !self.times.hours.is_empty() && !self.times.hours.contains(&time.hour()) {
            let hour = day.at(time.hour(), 0, 0, 0).checked_add(SignedDuration::from_hours(1)).ok()?;
            return Some((Period::EMPTY, self.index_from(hour)));
        }
        if !self.times.contain(self.frequency, time) {
            return Some((Period::EMPTY, index + 1));
        }
        let (hour, minute, second) = ([time.hour()], [time.minute()], [time.second()]);
        let times = match self.frequency {
            Frequency::Hourly => Times::within(&hour, &self.times.minutes, &self.times.seconds),
            Frequency::Minutely => Times::within(&hour, &minute, &self.times.seconds),
            _ => Times::within(&hour, &minute, &second),
        };
        Some((Period::new(vec![day], times, &self.set_positions), index + 1))
    }

    /// The length of an hour, a minute or a second.
    fn unit(&self) -> SignedDuration {
        match self.frequency {
            Frequency::Hourly => SignedDuration::from_hours(1),
            Frequency::Minutely => SignedDuration::from_mins(1),
            _ => SignedDuration::from_secs(1),
        }
    }

    /// The hour, minute or second of the start.
    fn first_unit(&self) -> DateTime {
        let (date, time) = (self.start.date(), self.start.time());
        match self.frequency {
            Frequency::Hourly => date.at(time.hour(), 0, 0, 0),
            Frequency::Minutely => date.at(time.hour(), time.minute(), 0, 0),
            _ => date.at(time.hour(), time.minute(), time.second(), 0),
        }
    }

    /// The number of the first hour, minute or second at or after `from`.
    fn index_from(&self, from: DateTime) -> i64 {
        let every = self.unit().as_secs().saturating_mul(self.interval);
        let elapsed = self.first_unit().duration_until(from).as_secs();
        elapsed.div_euclid(every) + i64::from(elapsed.rem_euclid(every) > 0)
    }
}

fn seconds(count: i64) -> SignedDuration {
    SignedDuration::from_secs(count)
}

/// The months since the year 0.
fn months(day: Date) -> i64 {
    i64::from(day.year()) * 12 + i64::from(day.month()) - 1
}

/// The first of a month; `None` beyond the year 9999.
fn date_of(year: i64, month: i64) -> Option<Date> {
    Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, 1).ok()
}
