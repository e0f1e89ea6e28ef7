//! Clocks, filters and adjustments apart from daylight saving.

use castra_core::schedule::{Adjustment, Clock, ClockKind, Cron, Filter, Interval, Schedule};
use insta::assert_snapshot;
use jiff::SignedDuration;
use serde_json::json;

use crate::support::{at, cron, every, of, shown};

const UTC: &str = "UTC";

#[test]
fn an_interval_starts_with_its_start_and_ends_with_its_end() {
    let (start, end) = (at("2024-01-01T00:00", UTC), at("2024-01-01T02:00", UTC));
    let hourly = Interval::new(SignedDuration::from_hours(1)).unwrap();
    let schedule = of(ClockKind::Interval(hourly.starting(start).ending(end)));
    assert_snapshot!(shown(&schedule, &at("2023-12-01T00:00", UTC), 10), @"
    Mon 2024-01-01 00:00:00 +00:00
    Mon 2024-01-01 01:00:00 +00:00
    Mon 2024-01-01 02:00:00 +00:00
    ");
    assert_snapshot!(shown(&schedule, &at("2024-01-01T01:00", UTC), 10), @"Mon 2024-01-01 02:00:00 +00:00");
}

#[test]
fn a_cron_starts_with_its_start() {
    let daily = Cron::new("0 9 * * *", true).unwrap().starting(at("2024-01-01T09:00", UTC));
    let schedule = of(ClockKind::Cron(daily));
    assert_snapshot!(shown(&schedule, &at("2020-01-01T00:00", UTC), 2), @"
    Mon 2024-01-01 09:00:00 +00:00
    Tue 2024-01-02 09:00:00 +00:00
    ");
}

#[test]
fn day_of_month_and_day_of_week_match_either_or_both() {
    let after = at("2024-09-01T00:00", UTC);
    assert_snapshot!(shown(&cron("0 0 13 * FRI", UTC), &after, 4), @"
    Fri 2024-09-06 00:00:00 +00:00
    Fri 2024-09-13 00:00:00 +00:00
    Fri 2024-09-20 00:00:00 +00:00
    Fri 2024-09-27 00:00:00 +00:00
    ");
    let both = of(ClockKind::Cron(Cron::new("0 0 13 * FRI", false).unwrap()));
    assert_snapshot!(shown(&both, &after, 2), @"
    Fri 2024-09-13 00:00:00 +00:00
    Fri 2024-12-13 00:00:00 +00:00
    ");
}

#[test]
fn a_cron_that_never_fires_has_no_events() {
    assert_eq!(cron("0 0 31 2 *", UTC).next(at("2024-01-01T00:00", UTC).timestamp(), 5), []);
}

#[test]
fn filters_that_never_pass_end_the_search() {
    let mut schedule = every(SignedDuration::from_hours(1), at("2024-01-01T00:00", UTC));
    schedule.filters = vec![Filter::IsWeekday, Filter::IsWeekend];
    assert_eq!(schedule.next(at("2024-01-01T00:00", UTC).timestamp(), 5), []);
}

#[test]
fn clocks_are_merged_and_the_same_event_comes_once() {
    let at_nine = Clock::from(ClockKind::Cron(Cron::new("0 9 * * *", true).unwrap()));
    let mut elsewhere = at_nine.clone();
    elsewhere.labels = Some(vec!["gpu".to_owned()]);
    elsewhere.parameter_defaults.insert("region".to_owned(), json!("eu"));
    let schedule = Schedule { clocks: vec![at_nine.clone(), elsewhere, at_nine], ..Schedule::default() };
    let events = schedule.next(at("2024-01-01T00:00", UTC).timestamp(), 3);
    assert_snapshot!(serde_json::to_string_pretty(&json!(events.iter().map(|event| json!([
        event.start_time.to_string(), event.parameter_defaults, event.labels,
    ])).collect::<Vec<_>>())).unwrap(), @r#"
    [
      [
        "2024-01-01T09:00:00Z",
        {},
        null
      ],
      [
        "2024-01-01T09:00:00Z",
        {
          "region": "eu"
        },
        [
          "gpu"
        ]
      ],
      [
        "2024-01-02T09:00:00Z",
        {},
        null
      ]
    ]
    "#);
}

#[test]
fn weekends_move_to_monday_once() {
    let mut schedule = cron("0 9 * * *", UTC);
    schedule.adjustments = vec![Adjustment::NextWeekday, Adjustment::Add(SignedDuration::from_mins(5))];
    assert_snapshot!(shown(&schedule, &at("2024-08-30T00:00", UTC), 3), @"
    Fri 2024-08-30 09:05:00 +00:00
    Mon 2024-09-02 09:05:00 +00:00
    Tue 2024-09-03 09:05:00 +00:00
    ");
}
