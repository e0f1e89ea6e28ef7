//! Run configs read from the wire and written again.

use castra_core::run_config::RunConfig;
use serde::Deserialize;
use serde_json::Value;

use crate::cases::{Outcome, compare, same};

#[derive(Deserialize)]
struct Case {
    document: Value,
    #[serde(flatten)]
    outcome: Outcome,
}

#[test]
fn documents_are_read_refused_and_written_the_same() {
    compare("documents", 8_000, |machine, case: Case| {
        let read = RunConfig::from_json(&case.document)
            .and_then(|run_config| machine.with_surroundings(|here| run_config.resolve(here)));
        let written = read.map(|run_config| without_unknown(run_config.to_json(), &run_config));
        same(case.outcome, written, None)
    });
}

/// Castra keeps fields that it does not know, prefect drops them.
fn without_unknown(mut document: Value, run_config: &RunConfig) -> Value {
    let known = RunConfig::new(run_config.kind()).to_json();
    if let Some(fields) = document.as_object_mut() {
        fields.retain(|field, _| known.get(field).is_some());
    }
    document
}
