//! Event by event, schedules agree with the real prefect 1.4.1 package, and their wire form is the same.

use std::collections::BTreeMap;
use std::process::Command;

use castra_core::schedule::{Schedule, ScheduledEvent};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};

const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/prefect1/schedules");
const SEED: &str = "20240331";

/// A line of the script: see its header.
#[derive(Deserialize)]
struct Case {
    schedule: Value,
    after: Timestamp,
    n: usize,
    expected: Vec<Expected>,
    corrected: Vec<String>,
    excluded: Option<String>,
}

/// A line of the script about recurrence rules: see its header.
#[derive(Deserialize)]
struct RuleCase {
    schedule: Value,
    after: Timestamp,
    n: usize,
    expected: Vec<Timestamp>,
    excluded: Option<String>,
}

#[derive(Deserialize)]
struct Expected {
    start_time: Timestamp,
    parameter_defaults: Map<String, Value>,
    labels: Option<Vec<String>>,
}

impl From<Expected> for ScheduledEvent {
    fn from(expected: Expected) -> Self {
        let Expected { start_time, parameter_defaults, labels } = expected;
        ScheduledEvent { start_time, parameter_defaults, labels }
    }
}

/// What a script prints about that many cases, line by line; `None` where the real package is missing.
fn printed(script: &str, cases: usize) -> Option<String> {
    let Some(python) = std::env::var_os("CASTRA_PREFECT1_PYTHON") else {
        eprintln!(
            "left out: comparing schedules with the real prefect 1.4.1. `cargo xtask test` prepares it, or set \
             CASTRA_PREFECT1_PYTHON to a Python that has prefect==1.4.1"
        );
        return None;
    };
    let script = format!("{SCRIPTS}/{script}");
    let output = Command::new(python).args([&script, SEED, &cases.to_string()]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}

#[test]
fn the_next_events_are_those_of_prefect() {
    let Some(lines) = printed("next_events.py", 800) else { return };
    let mut said: BTreeMap<String, usize> = BTreeMap::new();
    let (mut events, mut disagreements) = (0, Vec::new());
    for line in lines.lines() {
        let case: Case = serde_json::from_str(line).unwrap();
        let outcome = if case.excluded.is_some() { "excluded" } else { "compared" };
        *said.entry(format!("cases {outcome}")).or_default() += 1;
        for corrected in &case.corrected {
            *said.entry(format!("corrected: {corrected}")).or_default() += 1;
        }
        let schedule = Schedule::from_json(&case.schedule).unwrap();
        assert_eq!(schedule.to_json(), case.schedule);
        if let Some(reason) = case.excluded {
            *said.entry(format!("excluded: {reason}")).or_default() += 1;
            continue;
        }
        let expected: Vec<ScheduledEvent> = case.expected.into_iter().map(ScheduledEvent::from).collect();
        events += expected.len();
        let found = schedule.next(case.after, case.n);
        if found != expected {
            disagreements.push(format!("{line}\nfound {:?}", starts(&found)));
        }
    }
    eprintln!("{events} events agree; {said:#?}");
    assert!(disagreements.is_empty(), "{} disagree:\n{}", disagreements.len(), disagreements.join("\n"));
}

#[test]
fn the_next_events_of_recurrence_rules_are_those_of_dateutil() {
    let Some(lines) = printed("next_rrule_events.py", 1500) else { return };
    let (mut events, mut excluded, mut disagreements) = (0, BTreeMap::<String, usize>::new(), Vec::new());
    for line in lines.lines() {
        let case: RuleCase = serde_json::from_str(line).unwrap();
        let schedule = Schedule::from_json(&case.schedule).unwrap();
        assert_eq!(schedule.to_json(), case.schedule);
        if let Some(reason) = case.excluded {
            *excluded.entry(reason).or_default() += 1;
            continue;
        }
        events += case.expected.len();
        let found: Vec<_> = schedule.next(case.after, case.n).iter().map(|event| event.start_time).collect();
        if found != case.expected {
            disagreements.push(format!("{line}\nfound {found:?}"));
        }
    }
    eprintln!("{events} events agree; excluded: {excluded:#?}");
    assert!(disagreements.is_empty(), "{} disagree:\n{}", disagreements.len(), disagreements.join("\n"));
}

fn starts(events: &[ScheduledEvent]) -> Vec<String> {
    events.iter().map(|event| event.start_time.to_string()).collect()
}
