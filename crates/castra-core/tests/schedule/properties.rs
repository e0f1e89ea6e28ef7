//! What holds for the events of every schedule.

use castra_core::schedule::{
    Adjustment, Clock, ClockKind, Cron, Filter, Interval, RRule, Schedule, ScheduledEvent,
};
use jiff::{SignedDuration, Timestamp, Zoned, tz::TimeZone};
use proptest::prelude::*;

const RULES: [&str; 6] = [
    "FREQ=MINUTELY;INTERVAL=20",
    "FREQ=HOURLY;BYHOUR=1,2,3;BYMINUTE=0,30",
    "FREQ=DAILY;COUNT=100",
    "FREQ=WEEKLY;BYDAY=MO,TU;BYSETPOS=-1",
    "FREQ=MONTHLY;BYDAY=-1FR",
    "FREQ=YEARLY;BYWEEKNO=1,-1;BYHOUR=2;BYMINUTE=30",
];

const CRONS: [&str; 8] = [
    "*/20 * * * *",
    "0 * * * *",
    "30 2 * * *",
    "0 0,12 * * MON-FRI",
    "0 0 1 * *",
    "15 6 13 * FRI",
    "0 0 29 2 *",
    "0 0 31 2 *",
];

fn any_zone() -> impl Strategy<Value = TimeZone> {
    let names = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Santiago"];
    prop::sample::select(names.to_vec()).prop_map(|name| TimeZone::get(name).unwrap())
}

/// Whole seconds from 2010 to 2034.
fn any_timestamp() -> impl Strategy<Value = Timestamp> {
    (1_262_304_000i64..2_019_686_400).prop_map(|second| Timestamp::from_second(second).unwrap())
}

fn any_date() -> impl Strategy<Value = Zoned> {
    (any_timestamp(), any_zone()).prop_map(|(timestamp, zone)| timestamp.to_zoned(zone))
}

fn any_kind() -> impl Strategy<Value = ClockKind> {
    let every = prop::sample::select(vec![60, 420, 3600, 43_200, 86_399, 86_400, 129_600, 604_800]);
    prop_oneof![
        (every, any_date()).prop_map(|(seconds, start)| {
            ClockKind::Interval(Interval::new(SignedDuration::from_secs(seconds)).unwrap().starting(start))
        }),
        (prop::sample::select(CRONS.to_vec()), any::<bool>(), any_date()).prop_map(
            |(cron, day_or, start)| { ClockKind::Cron(Cron::new(cron, day_or).unwrap().starting(start)) }
        ),
        (prop::sample::select(RULES.to_vec()), any_date())
            .prop_map(|(rule, start)| ClockKind::RRule(RRule::new(rule, &start).unwrap())),
        prop::collection::vec(any_date(), 0..5).prop_map(ClockKind::Dates),
    ]
}

fn any_clock() -> impl Strategy<Value = Clock> {
    let labels = prop::option::of(prop::collection::vec("[a-c]", 0..2));
    (any_kind(), labels).prop_map(|(kind, labels)| Clock { labels, ..Clock::from(kind) })
}

fn any_filters() -> impl Strategy<Value = Vec<Filter>> {
    let filters = vec![Filter::IsWeekday, Filter::IsMonthStart, Filter::IsDayOfWeek(2)];
    prop::collection::vec(prop::sample::select(filters), 0..2)
}

fn any_adjustments() -> impl Strategy<Value = Vec<Adjustment>> {
    let adjustment = prop_oneof![
        Just(Adjustment::NextWeekday),
        (-200_000i64..200_000).prop_map(|seconds| Adjustment::Add(SignedDuration::from_secs(seconds))),
    ];
    prop::collection::vec(adjustment, 0..2)
}

prop_compose! {
    fn any_schedule()(
        clocks in prop::collection::vec(any_clock(), 0..4),
        filters in any_filters(),
        not_filters in any_filters(),
        adjustments in any_adjustments(),
    ) -> Schedule {
        Schedule { clocks, filters, or_filters: Vec::new(), not_filters, adjustments }
    }
}

fn starts(events: &[ScheduledEvent]) -> Vec<Timestamp> {
    events.iter().map(|event| event.start_time).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn events_come_after_the_given_time_in_order_and_once(schedule in any_schedule(), after in any_timestamp()) {
        let events = schedule.next(after, 20);
        prop_assert!(events.len() <= 20);
        prop_assert!(events.iter().all(|event| after < event.start_time));
        prop_assert!(starts(&events).is_sorted());
        let repeated = |(index, event): (usize, &ScheduledEvent)| events[..index].contains(event);
        prop_assert!(!events.iter().enumerate().any(repeated));
    }

    #[test]
    fn one_clock_never_fires_twice_at_once(clock in any_clock(), after in any_timestamp()) {
        let schedule = Schedule { clocks: vec![clock], ..Schedule::default() };
        let starts = starts(&schedule.next(after, 20));
        prop_assert!(starts.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn the_search_goes_on_from_an_event_as_if_it_had_not_stopped(clock in any_clock(), after in any_timestamp()) {
        let schedule = Schedule { clocks: vec![clock], ..Schedule::default() };
        let events = schedule.next(after, 10);
        for (index, event) in events.iter().enumerate() {
            let rest = schedule.next(event.start_time, events.len() - index - 1);
            prop_assert_eq!(&rest[..], &events[index + 1..]);
        }
    }

    #[test]
    fn clocks_are_merged(one in any_clock(), other in any_clock(), after in any_timestamp()) {
        let alone = |clock: &Clock| Schedule { clocks: vec![clock.clone()], ..Schedule::default() }.next(after, 10);
        let mut expected = alone(&one);
        for event in alone(&other) {
            if !expected.contains(&event) {
                expected.push(event);
            }
        }
        expected.sort_by_key(|event| event.start_time);
        expected.truncate(10);
        let both = Schedule { clocks: vec![one, other], ..Schedule::default() };
        prop_assert_eq!(both.next(after, 10), expected);
    }

    #[test]
    fn the_wire_form_is_read_back(schedule in any_schedule()) {
        let wire = schedule.to_json();
        let read = Schedule::from_json(&wire).unwrap();
        prop_assert_eq!(read.to_json(), wire);
        prop_assert_eq!(read.filters, schedule.filters);
        prop_assert_eq!(read.adjustments, schedule.adjustments);
    }

    #[test]
    fn no_text_is_too_strange_for_a_recurrence_rule(
        parts in prop::collection::vec(
            ("(INTERVAL|COUNT|WKST|UNTIL|BY(SETPOS|MONTH|MONTHDAY|YEARDAY|WEEKNO|DAY|HOUR|EASTER))", "[-0-9MO,]{1,4}"), 0..4,
        ),
        start in any_date(),
        after in any_timestamp(),
    ) {
        let parts: String = parts.iter().map(|(name, value)| format!(";{name}={value}")).collect();
        if let Ok(rrule) = RRule::new(&format!("FREQ=MONTHLY{parts}"), &start) {
            Schedule { clocks: vec![ClockKind::RRule(rrule).into()], ..Schedule::default() }.next(after, 3);
        }
    }

    #[test]
    fn no_text_is_too_strange_for_a_cron_clock(expression in "[-0-9*/,LW#?@a-z ]{0,30}", after in any_timestamp()) {
        if let Ok(cron) = Cron::new(&expression, true) {
            Schedule { clocks: vec![ClockKind::Cron(cron).into()], ..Schedule::default() }.next(after, 3);
        }
    }
}
