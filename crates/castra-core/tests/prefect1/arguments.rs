//! Run configs made from keyword arguments.

use castra_core::label::LabelSet;
use castra_core::run_config::{RunConfig, RunConfigKind};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::cases::{Outcome, compare, same};
use crate::stricter;

#[derive(Deserialize)]
struct Case {
    kind: String,
    arguments: Map<String, Value>,
    #[serde(flatten)]
    outcome: Outcome,
}

#[test]
fn constructors_take_refuse_and_serialize_the_same() {
    compare("arguments", 8_000, |machine, case: Case| {
        let kind = RunConfigKind::from_name(&case.kind).unwrap();
        let made = machine.with_surroundings(|here| RunConfig::from_arguments(kind, &case.arguments, here));
        let stricter = stricter::rule(&case.arguments);
        same(with_distinct_labels(case.outcome), made.map(|run_config| run_config.to_json()), stricter)
    });
}

/// Prefect deduplicates labels before they become text, so that 1 and "1" both stay.
fn with_distinct_labels(outcome: Outcome) -> Outcome {
    let Outcome::Value(mut document) = outcome else { return outcome };
    if let Some(labels) = document["labels"].as_array() {
        let labels: LabelSet = labels.iter().filter_map(Value::as_str).collect();
        document["labels"] = labels.iter().collect();
    }
    Outcome::Value(document)
}
