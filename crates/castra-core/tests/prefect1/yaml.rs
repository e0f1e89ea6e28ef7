//! YAML texts.

use castra_core::yaml;
use serde::Deserialize;

use crate::cases::{Outcome, compare, same};

#[derive(Deserialize)]
struct Case {
    text: String,
    #[serde(flatten)]
    outcome: Outcome,
}

#[test]
fn yaml_means_the_same() {
    compare("yaml", 8_000, |_, case: Case| same(case.outcome, yaml::parse(&case.text), None));
}
