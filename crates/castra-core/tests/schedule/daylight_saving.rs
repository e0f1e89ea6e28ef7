//! What happens to schedules on the days when clocks change.
//!
//! Berlin goes from 02:00 to 03:00 on 2024-03-31 and from 03:00 back to 02:00 on 2024-10-27; New York an hour likewise on
//! 2024-03-10 and 2024-11-03; Lord Howe half an hour, back on 2024-04-07 and forward on 2024-10-06.

use insta::assert_snapshot;
use jiff::SignedDuration;

use crate::support::{at, cron, every, shown};

const BERLIN: &str = "Europe/Berlin";
const NEW_YORK: &str = "America/New_York";
const LORD_HOWE: &str = "Australia/Lord_Howe";

#[test]
fn a_daily_cron_in_the_skipped_hour_fires_at_the_change() {
    assert_snapshot!(shown(&cron("30 2 * * *", BERLIN), &at("2024-03-30T00:00", BERLIN), 3), @"
    Sat 2024-03-30 02:30:00 +01:00
    Sun 2024-03-31 03:00:00 +02:00
    Mon 2024-04-01 02:30:00 +02:00
    ");
}

#[test]
fn a_daily_cron_in_the_repeated_hour_fires_the_first_time() {
    assert_snapshot!(shown(&cron("30 2 * * *", BERLIN), &at("2024-10-26T00:00", BERLIN), 3), @"
    Sat 2024-10-26 02:30:00 +02:00
    Sun 2024-10-27 02:30:00 +02:00
    Mon 2024-10-28 02:30:00 +01:00
    ");
}

#[test]
fn an_hourly_cron_fires_on_every_new_clock_hour() {
    assert_snapshot!(shown(&cron("0 * * * *", NEW_YORK), &at("2024-03-10T00:30", NEW_YORK), 3), @"
    Sun 2024-03-10 01:00:00 -05:00
    Sun 2024-03-10 03:00:00 -04:00
    Sun 2024-03-10 04:00:00 -04:00
    ");
    assert_snapshot!(shown(&cron("0 * * * *", NEW_YORK), &at("2024-11-03T00:30", NEW_YORK), 3), @"
    Sun 2024-11-03 01:00:00 -04:00
    Sun 2024-11-03 02:00:00 -05:00
    Sun 2024-11-03 03:00:00 -05:00
    ");
}

#[test]
fn a_cron_that_fires_every_hour_misses_nothing_when_an_hour_is_skipped() {
    assert_snapshot!(shown(&cron("15 * * * *", BERLIN), &at("2024-03-31T00:30", BERLIN), 3), @"
    Sun 2024-03-31 01:15:00 +01:00
    Sun 2024-03-31 03:15:00 +02:00
    Sun 2024-03-31 04:15:00 +02:00
    ");
}

#[test]
fn half_an_hour_is_skipped_and_repeated_on_lord_howe() {
    assert_snapshot!(shown(&cron("*/15 1,2 * * *", LORD_HOWE), &at("2024-10-06T01:40", LORD_HOWE), 3), @"
    Sun 2024-10-06 01:45:00 +10:30
    Sun 2024-10-06 02:30:00 +11:00
    Sun 2024-10-06 02:45:00 +11:00
    ");
    assert_snapshot!(shown(&cron("*/15 1,2 * * *", LORD_HOWE), &at("2024-04-07T01:10", LORD_HOWE), 5), @"
    Sun 2024-04-07 01:15:00 +11:00
    Sun 2024-04-07 01:30:00 +11:00
    Sun 2024-04-07 01:45:00 +11:00
    Sun 2024-04-07 02:00:00 +10:30
    Sun 2024-04-07 02:15:00 +10:30
    ");
}

#[test]
fn a_search_within_the_repeated_hour_finds_what_comes_after_it() {
    let second_half_past_two = at("2024-10-27T02:30", BERLIN);
    assert_snapshot!(shown(&cron("45 * * * *", BERLIN), &second_half_past_two, 2), @"
    Sun 2024-10-27 03:45:00 +01:00
    Sun 2024-10-27 04:45:00 +01:00
    ");
}

#[test]
fn intervals_of_a_day_keep_the_clock_time() {
    let daily = every(SignedDuration::from_hours(24), at("2024-01-01T09:00", BERLIN));
    assert_snapshot!(shown(&daily, &at("2024-03-30T00:00", BERLIN), 3), @"
    Sat 2024-03-30 09:00:00 +01:00
    Sun 2024-03-31 09:00:00 +02:00
    Mon 2024-04-01 09:00:00 +02:00
    ");
    let daily = every(SignedDuration::from_hours(24), at("2024-07-01T09:00", BERLIN));
    assert_snapshot!(shown(&daily, &at("2024-12-24T08:30", BERLIN), 2), @"
    Tue 2024-12-24 09:00:00 +01:00
    Wed 2024-12-25 09:00:00 +01:00
    ");
}

#[test]
fn intervals_of_a_day_in_the_changing_hour_follow_pendulum() {
    let daily = every(SignedDuration::from_hours(24), at("2024-01-01T02:30", BERLIN));
    assert_snapshot!(shown(&daily, &at("2024-03-30T12:00", BERLIN), 2), @"
    Sun 2024-03-31 03:30:00 +02:00
    Mon 2024-04-01 02:30:00 +02:00
    ");
    assert_snapshot!(shown(&daily, &at("2024-10-26T12:00", BERLIN), 2), @"
    Sun 2024-10-27 02:30:00 +01:00
    Mon 2024-10-28 02:30:00 +01:00
    ");
}

#[test]
fn shorter_intervals_count_elapsed_time() {
    let twice_a_day = every(SignedDuration::from_hours(12), at("2024-01-01T09:00", NEW_YORK));
    assert_snapshot!(shown(&twice_a_day, &at("2024-03-09T12:00", NEW_YORK), 3), @"
    Sat 2024-03-09 21:00:00 -05:00
    Sun 2024-03-10 10:00:00 -04:00
    Sun 2024-03-10 22:00:00 -04:00
    ");
    let hourly = every(SignedDuration::from_hours(1), at("2024-01-01T09:00", LORD_HOWE));
    assert_snapshot!(shown(&hourly, &at("2024-04-07T00:30", LORD_HOWE), 3), @"
    Sun 2024-04-07 01:00:00 +11:00
    Sun 2024-04-07 01:30:00 +10:30
    Sun 2024-04-07 02:30:00 +10:30
    ");
}
