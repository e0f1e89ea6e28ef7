//! Recurrence rules: daylight saving, sets, the wire form, and what is said about bad ones. That the events are those of
//! dateutil is tested beside Prefect's other clocks (`prefect1.rs`).

use castra_core::schedule::{Clock, ClockKind, RRule, Schedule};
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::{at, of, shown};

const BERLIN: &str = "Europe/Berlin";

fn rule(rule: &str, start: &str) -> Schedule {
    of(ClockKind::RRule(RRule::new(rule, &at(start, BERLIN)).unwrap()))
}

fn wire_rule(rule: &str, start: &str) -> Value {
    json!({"rr": format!("RRULE:{rule}"), "_dtstart": start, "_until": null, "type": "rrule"})
}

fn wire_schedule(rrule_obj: &Value) -> Value {
    json!({"clocks": [{"type": "RRuleClock", "rrule_obj": rrule_obj}]})
}

#[test]
fn the_last_friday_of_a_month_keeps_its_clock_time() {
    let monthly = rule("FREQ=MONTHLY;BYDAY=-1FR", "2024-01-01T09:00");
    assert_snapshot!(shown(&monthly, &at("2024-02-10T00:00", BERLIN), 3), @"
    Fri 2024-02-23 09:00:00 +01:00
    Fri 2024-03-29 09:00:00 +01:00
    Fri 2024-04-26 09:00:00 +02:00
    ");
}

#[test]
fn a_clock_time_that_comes_twice_is_the_first_and_a_skipped_one_comes_later() {
    let hourly = rule("FREQ=HOURLY", "2024-01-01T00:30");
    assert_snapshot!(shown(&hourly, &at("2024-10-27T01:00", BERLIN), 3), @"
    Sun 2024-10-27 01:30:00 +02:00
    Sun 2024-10-27 02:30:00 +02:00
    Sun 2024-10-27 03:30:00 +01:00
    ");
    let daily = rule("FREQ=DAILY", "2024-01-01T02:30");
    assert_snapshot!(shown(&daily, &at("2024-03-30T12:00", BERLIN), 2), @"
    Sun 2024-03-31 03:30:00 +02:00
    Mon 2024-04-01 02:30:00 +02:00
    ");
}

#[test]
fn a_rule_that_prefect_wrote_keeps_the_offset_of_its_start() {
    let schedule = Schedule::from_json(&wire_schedule(&wire_rule("FREQ=DAILY", "2024-01-01T09:00:00+01:00")));
    assert_snapshot!(shown(&schedule.unwrap(), &at("2024-07-01T00:00", BERLIN), 1), @"Mon 2024-07-01 10:00:00 +02:00");
}

#[test]
fn a_set_has_the_events_of_its_rules_and_dates_without_those_left_out() {
    let set = json!({
        "type": "rruleset",
        "_rrule": [wire_rule("FREQ=DAILY;COUNT=5", "2024-01-01T09:00:00"), wire_rule("FREQ=DAILY", "2024-01-04T09:00:00")],
        "_rdate": ["2024-01-02T12:00:00", "2024-01-03T09:00:00+00:00"],
        "_exrule": [wire_rule("FREQ=WEEKLY", "2024-01-05T09:00:00")],
        "_exdate": ["2024-01-01T10:00:00+01:00"],
    });
    let schedule = Schedule::from_json(&wire_schedule(&set)).unwrap();
    assert_snapshot!(shown(&schedule, &at("2023-12-01T00:00", "UTC"), 6), @"
    Tue 2024-01-02 09:00:00 +00:00
    Tue 2024-01-02 12:00:00 +00:00
    Wed 2024-01-03 09:00:00 +00:00
    Thu 2024-01-04 09:00:00 +00:00
    Sat 2024-01-06 09:00:00 +00:00
    Sun 2024-01-07 09:00:00 +00:00
    ");
}

#[test]
fn a_set_that_leaves_everything_out_has_no_events() {
    let daily = wire_rule("FREQ=DAILY", "2024-01-01T09:00:00");
    let set = json!({"type": "rruleset", "_rrule": [daily], "_exrule": [daily]});
    let schedule = Schedule::from_json(&wire_schedule(&set)).unwrap();
    assert_eq!(schedule.next(at("2024-01-01T00:00", "UTC").timestamp(), 1), []);
}

#[test]
fn rules_without_events_end_the_search() {
    for never in [
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=SECONDLY;INTERVAL=60;BYSECOND=30",
        "FREQ=SECONDLY;BYSETPOS=2",
    ] {
        assert_eq!(
            rule(never, "2024-01-01T00:00").next(at("2024-01-01T00:00", "UTC").timestamp(), 1),
            [],
            "{never}"
        );
    }
}

#[test]
fn a_clock_may_begin_later_and_end_earlier_than_its_rule() {
    let daily = RRule::new("FREQ=DAILY", &at("2024-01-01T09:00", "UTC")).unwrap();
    let bounded = daily.starting(at("2024-02-01T09:00", "UTC")).ending(at("2024-02-02T09:00", "UTC"));
    assert_snapshot!(shown(&of(ClockKind::RRule(bounded)), &at("2024-01-10T00:00", "UTC"), 5), @"
    Thu 2024-02-01 09:00:00 +00:00
    Fri 2024-02-02 09:00:00 +00:00
    ");
}

#[test]
fn until_is_a_time_of_the_zone_or_of_utc() {
    let events = |until: &str| {
        let daily = rule(&format!("FREQ=DAILY;UNTIL={until}"), "2024-07-01T09:00");
        daily.next(at("2024-07-01T00:00", BERLIN).timestamp(), 9).len()
    };
    assert_eq!(
        [events("20240703T090000"), events("20240703T070000Z"), events("20240703T065959Z")],
        [3, 3, 2]
    );
}

#[test]
fn the_form_that_is_made_of_a_rule_is_read_back() {
    let clock =
        Clock::from(ClockKind::RRule(RRule::new("FREQ=DAILY", &at("2024-01-01T09:00", BERLIN)).unwrap()));
    let schedule = Schedule { clocks: vec![clock], ..Schedule::default() };
    assert_snapshot!(schedule.to_json()["clocks"][0]["rrule_obj"], @r#"{"rr":"DTSTART:20240101T090000\nRRULE:FREQ=DAILY","_dtstart":"2024-01-01T09:00:00+01:00","type":"rrule","tz":"Europe/Berlin","__version__":"1.4.1"}"#);
    assert_eq!(Schedule::from_json(&schedule.to_json()).unwrap(), schedule);
}

#[test]
fn what_is_wrong_is_named() {
    let error = |rule: &str| {
        let wire = wire_schedule(&wire_rule(rule, "2024-01-01T09:00:00"));
        Schedule::from_json(&wire).unwrap_err().to_string()
    };
    assert_snapshot!(error("every day"), @r#"schedule.clocks[0].rrule_obj.rr: "every day" is not a recurrence rule: "every day" is no NAME=value; write it as RFC 5545 does, for example "FREQ=WEEKLY;BYDAY=MO,FR""#);
    assert_snapshot!(error("INTERVAL=2"), @r#"schedule.clocks[0].rrule_obj.rr: "INTERVAL=2" is not a recurrence rule: it has no FREQ, for example FREQ=DAILY; write it as RFC 5545 does, for example "FREQ=WEEKLY;BYDAY=MO,FR""#);
    assert_snapshot!(error("FREQ=OFTEN"), @r#"schedule.clocks[0].rrule_obj.rr: "FREQ=OFTEN" is not a recurrence rule: FREQ is one of YEARLY, MONTHLY, WEEKLY, DAILY, HOURLY, MINUTELY, SECONDLY, not "OFTEN"; write it as RFC 5545 does, for example "FREQ=WEEKLY;BYDAY=MO,FR""#);
    assert_snapshot!(error("FREQ=DAILY;BYMOON=1"), @r#"schedule.clocks[0].rrule_obj.rr: "FREQ=DAILY;BYMOON=1" is not a recurrence rule: there is no BYMOON; write it as RFC 5545 does, for example "FREQ=WEEKLY;BYDAY=MO,FR""#);
    assert_snapshot!(error("FREQ=DAILY;INTERVAL=0"), @r#"schedule.clocks[0].rrule_obj.rr: "FREQ=DAILY;INTERVAL=0" is not a recurrence rule: INTERVAL is from 1 to 4294967295, not "0"; write it as RFC 5545 does, for example "FREQ=WEEKLY;BYDAY=MO,FR""#);
    assert_snapshot!(error("FREQ=DAILY;COUNT=2000000"), @r#"schedule.clocks[0].rrule_obj.rr: "FREQ=DAILY;COUNT=2000000" is not a recurrence rule: COUNT is from 0 to 1000000, not "2000000"; write it as RFC 5545 does, for example "FREQ=WEEKLY;BYDAY=MO,FR""#);
    assert_snapshot!(error("FREQ=DAILY;BYMONTHDAY=0"), @r#"schedule.clocks[0].rrule_obj.rr: "FREQ=DAILY;BYMONTHDAY=0" is not a recurrence rule: BYMONTHDAY is from -31 to 31 and not 0, not "0"; write it as RFC 5545 does, for example "FREQ=WEEKLY;BYDAY=MO,FR""#);
    assert_snapshot!(error("FREQ=DAILY;BYDAY=MON"), @r#"schedule.clocks[0].rrule_obj.rr: "FREQ=DAILY;BYDAY=MON" is not a recurrence rule: BYDAY names days such as MO, 2TU or -1FR, not "MON"; write it as RFC 5545 does, for example "FREQ=WEEKLY;BYDAY=MO,FR""#);
    assert_snapshot!(error("FREQ=DAILY;UNTIL=never"), @r#"schedule.clocks[0].rrule_obj.rr: "FREQ=DAILY;UNTIL=never" is not a recurrence rule: UNTIL is a time such as 20300101T090000Z, not "never"; write it as RFC 5545 does, for example "FREQ=WEEKLY;BYDAY=MO,FR""#);
    let of_wire = |rrule_obj: Value| Schedule::from_json(&wire_schedule(&rrule_obj)).unwrap_err().to_string();
    assert_snapshot!(of_wire(Value::Null), @"schedule.clocks[0].rrule_obj: expected an object, found null");
    assert_snapshot!(of_wire(json!({"type": "rrulelist"})), @r#"schedule.clocks[0].rrule_obj.type: expected "rrule" or "rruleset", found "rrulelist""#);
    assert_snapshot!(of_wire(json!({"type": "rrule", "rr": "FREQ=DAILY", "tz": "Europe/Bonn"})), @r#"schedule.clocks[0].rrule_obj.tz: unknown time zone "Europe/Bonn"; use an IANA name such as "Europe/Berlin" or an offset such as "+02:00""#);
    assert_snapshot!(of_wire(json!({"type": "rruleset", "_rdate": ["tomorrow"]})), @r#"schedule.clocks[0].rrule_obj._rdate[0]: expected a date and time such as "2020-01-01T09:00:00+01:00", found "tomorrow""#);
}
