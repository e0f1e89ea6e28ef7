//! The wire form of schedules, the input of `set_flow_group_schedule`, and what is said about bad ones.

use castra_core::schedule::Schedule;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::{at, shown};

/// What prefect 1.4.1 serializes for a schedule with every kind of clock, filter and adjustment.
fn wire_schedule() -> Value {
    let function =
        |name: &str, kwargs: Value| json!({"fn": format!("prefect.schedules.{name}"), "kwargs": kwargs});
    json!({
        "clocks": [
            {
                "type": "IntervalClock", "interval": 3_600_000_000_i64,
                "start_date": {"dt": "2020-01-01T00:00:00", "tz": "Europe/Berlin"}, "end_date": null,
                "parameter_defaults": {"x": 1}, "labels": ["a"], "__version__": "1.4.1",
            },
            {
                "type": "CronClock", "cron": "0 9 * * *", "day_or": false,
                "start_date": {"dt": "2020-01-01T00:00:00", "tz": "+02:00"},
                "end_date": {"dt": "2030-01-01T00:00:00.000678", "tz": "UTC"},
                "parameter_defaults": {}, "labels": null, "__version__": "1.4.1",
            },
            {
                "type": "DatesClock", "dates": [{"dt": "2020-01-01T03:04:05.500000", "tz": "UTC"}],
                "parameter_defaults": {}, "labels": [], "__version__": "1.4.1",
            },
        ],
        "filters": [
            function("filters.is_weekday", json!({})),
            function("filters.at_time", json!({"t": "//time:04:00:00"})),
            function("filters.on_date", json!({"month": 1, "day": 2})),
            function("filters.between_dates", json!({"start_month": 10, "start_day": 15, "end_month": 3, "end_day": 31})),
        ],
        "or_filters": [
            function("filters.on_datetime", json!({"dt": "//datetime:2020-01-01T00:00:00.000001+05:30"})),
            function("filters.between_datetimes", json!({
                "start": "//datetime:2020-01-01T00:00:00+00:00", "end": "//datetime:2021-01-01T00:00:00+01:00",
            })),
            function("filters.between_times", json!({"start": "//time:23:00:00", "end": "//time:01:00:00.250000"})),
        ],
        "not_filters": [
            function("filters.is_weekend", json!({})),
            function("filters.is_month_start", json!({})),
            function("filters.is_month_end", json!({})),
            function("filters.is_day_of_week", json!({"day_of_week": 3})),
        ],
        "adjustments": [
            function("adjustments.add", json!({"interval": "//timedelta:60.0"})),
            function("adjustments.next_weekday", json!({})),
        ],
        "__version__": "1.4.1",
    })
}

#[test]
fn a_schedule_of_prefect_is_read_and_written_unchanged() {
    assert_eq!(Schedule::from_json(&wire_schedule()).unwrap().to_json(), wire_schedule());
}

#[test]
fn fields_that_prefect_leaves_out_have_its_defaults() {
    let schedule =
        Schedule::from_json(&json!({"clocks": [{"type": "CronClock", "cron": "@daily"}]})).unwrap();
    assert_snapshot!(schedule.to_json()["clocks"][0], @r#"{"type":"CronClock","cron":"@daily","day_or":true,"start_date":null,"end_date":null,"parameter_defaults":{},"labels":null,"__version__":"1.4.1"}"#);
}

#[test]
fn what_is_wrong_is_named() {
    let clock = |clock: Value| Schedule::from_json(&json!({"clocks": [clock]})).unwrap_err().to_string();
    assert_snapshot!(clock(json!({"type": "MoonClock"})), @r#"
    schedule.clocks[0].type: clocks of type "MoonClock" are not supported; use IntervalClock, CronClock, DatesClock or RRuleClock
    "#);
    assert_snapshot!(clock(json!({"type": "CronClock", "cron": "61 * * * *"})), @r#"
    schedule.clocks[0].cron: "61 * * * *" is not a cron expression (Component error: Number out of bounds); write minute, hour, day of month, month and day of week, for example "0 9 * * MON-FRI"
    "#);
    assert_snapshot!(clock(json!({"type": "CronClock"})), @"schedule.clocks[0].cron: expected a string, found nothing");
    assert_snapshot!(clock(json!({"type": "IntervalClock", "interval": 0})), @"schedule.clocks[0].interval: an interval must be from 1 s to 10,000 years, not 0 s");
    assert_snapshot!(clock(json!({"type": "IntervalClock", "interval": -60_000_000})), @"schedule.clocks[0].interval: an interval must be from 1 s to 10,000 years, not -60 s");
    assert_snapshot!(clock(json!({"type": "IntervalClock", "interval": 1e30})), @"schedule.clocks[0].interval: an interval must be from 1 s to 10,000 years, not 9223372036854.775 s");
    assert_snapshot!(clock(json!({"type": "IntervalClock", "interval": "1h"})), @r#"
    schedule.clocks[0].interval: expected a number, found "1h"
    "#);
    let start = |dt: &str, tz: &str| {
        clock(json!({"type": "CronClock", "cron": "@daily", "start_date": {"dt": dt, "tz": tz}}))
    };
    assert_snapshot!(start("2020-01-01T00:00:00", "Europe/Bonn"), @r#"
    schedule.clocks[0].start_date.tz: unknown time zone "Europe/Bonn"; use an IANA name such as "Europe/Berlin" or an offset such as "+02:00"
    "#);
    assert_snapshot!(start("tomorrow", "UTC"), @r#"
    schedule.clocks[0].start_date.dt: expected a date and time such as "2020-01-01T09:00:00", found "tomorrow"
    "#);
    let filter = |name: &str, kwargs: Value| {
        let schedule = json!({"clocks": [], "filters": [{"fn": name, "kwargs": kwargs}]});
        Schedule::from_json(&schedule).unwrap_err().to_string()
    };
    assert_snapshot!(filter("my.own.filter", json!({})), @r#"
    schedule.filters[0].fn: unknown filter "my.own.filter"; use one of on_datetime, on_date, at_time, between_datetimes, between_dates, between_times, is_weekday, is_weekend, is_month_end, is_day_of_week, is_month_start
    "#);
    assert_snapshot!(filter("prefect.schedules.filters.at_time", json!({"t": "noon"})), @r#"
    schedule.filters[0].kwargs.t: expected "//time:" and a time of day, found "noon"
    "#);
    let adjustment = json!({"clocks": [], "adjustments": [{"fn": "prefect.schedules.adjustments.subtract"}]});
    assert_snapshot!(Schedule::from_json(&adjustment).unwrap_err(), @r#"
    schedule.adjustments[0].fn: unknown adjustment "prefect.schedules.adjustments.subtract"; use one of add, next_weekday
    "#);
    assert_snapshot!(Schedule::from_json(&json!({})).unwrap_err(), @"schedule.clocks: expected a list of clocks, found nothing");
}

#[test]
fn schedules_set_over_the_api_count_in_seconds_in_their_time_zone() {
    let schedule = Schedule::from_input(&json!({
        "flow_group_id": "1e0c1d0e-0000-4000-8000-000000000000",
        "timezone": "America/New_York",
        "cron_clocks": [{"cron": "0 9 * * *", "parameter_defaults": {"day": "today"}}],
        "interval_clocks": [{"interval": 43_200, "labels": ["gpu"]}],
    }));
    assert_snapshot!(shown(&schedule.unwrap(), &at("2024-07-01T08:00", "America/New_York"), 3), @"
    Mon 2024-07-01 09:00:00 -04:00
    Mon 2024-07-01 13:00:00 -04:00
    Tue 2024-07-02 01:00:00 -04:00
    ");
    let error = |input: Value| Schedule::from_input(&input).unwrap_err().to_string();
    assert_snapshot!(error(json!({"cron_clocks": [{"cron": "often"}]})), @r#"
    input.cron_clocks[0].cron: "often" is not a cron expression (Invalid pattern: Pattern must have between 5 and 7 fields); write minute, hour, day of month, month and day of week, for example "0 9 * * MON-FRI"
    "#);
    assert_snapshot!(error(json!({"interval_clocks": [{"interval": -1}]})), @"input.interval_clocks[0].interval: an interval must be from 1 s to 10,000 years, not -1 s");
    assert_snapshot!(error(json!({"timezone": "EST5"})), @r#"
    input.timezone: unknown time zone "EST5"; use an IANA name such as "Europe/Berlin" or an offset such as "+02:00"
    "#);
}
