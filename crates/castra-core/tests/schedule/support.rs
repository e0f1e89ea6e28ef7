//! Builders of schedules and readable lists of their events.

use castra_core::schedule::{Clock, ClockKind, Cron, Interval, Schedule};
use jiff::{SignedDuration, Timestamp, Zoned, civil, tz::TimeZone};

/// The instant at which clocks in `zone` show `clock_time`; the later one if they show it twice.
pub(crate) fn at(clock_time: &str, zone: &str) -> Zoned {
    let datetime: civil::DateTime = clock_time.parse().unwrap();
    TimeZone::get(zone).unwrap().to_ambiguous_zoned(datetime).later().unwrap()
}

/// A schedule of one cron clock that counts the clock times of `zone`.
pub(crate) fn cron(expression: &str, zone: &str) -> Schedule {
    let start = at("2000-01-01T00:00", zone);
    of(ClockKind::Cron(Cron::new(expression, true).unwrap().starting(start)))
}

/// A schedule of one interval clock.
pub(crate) fn every(interval: SignedDuration, start: Zoned) -> Schedule {
    of(ClockKind::Interval(Interval::new(interval).unwrap().starting(start)))
}

/// A schedule of one clock.
pub(crate) fn of(kind: ClockKind) -> Schedule {
    Schedule { clocks: vec![Clock::from(kind)], ..Schedule::default() }
}

/// The next `n` events after `after`, one a line, as clocks in the zone of `after` show them.
pub(crate) fn shown(schedule: &Schedule, after: &Zoned, n: usize) -> String {
    let show = |start: Timestamp| {
        start.to_zoned(after.time_zone().clone()).strftime("%a %Y-%m-%d %H:%M:%S %:z").to_string()
    };
    let events = schedule.next(after.timestamp(), n);
    events.iter().map(|event| show(event.start_time)).collect::<Vec<_>>().join("\n")
}
