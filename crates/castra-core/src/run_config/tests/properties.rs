//! What holds for every run config.

use proptest::prelude::*;
use serde_json::{Map, Value};

use crate::run_config::{RunConfig, RunConfigKind, Surroundings};

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[a-z:/.]{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z_]{1,6}", inner, 0..4).prop_map(object),
        ]
    })
}

fn object(fields: std::collections::BTreeMap<String, Value>) -> Value {
    Value::Object(fields.into_iter().collect())
}

/// Any value, half the time for a field that some run config has.
fn any_fields() -> impl Strategy<Value = Map<String, Value>> {
    let known: Vec<String> = RunConfigKind::ALL
        .iter()
        .flat_map(|kind| RunConfig::new(*kind).to_json().as_object().cloned().unwrap_or_default())
        .map(|(field, _)| field)
        .filter(|field| field != "type")
        .collect();
    let field = prop_oneof![prop::sample::select(known), "[a-z_]{1,12}"];
    prop::collection::btree_map(field, any_json(), 0..8).prop_map(|fields| fields.into_iter().collect())
}

fn any_kind() -> impl Strategy<Value = RunConfigKind> {
    prop::sample::select(RunConfigKind::ALL.to_vec())
}

fn nowhere() -> Surroundings<'static> {
    Surroundings { current_directory: "/", read_file: &|_| Err(std::io::ErrorKind::NotFound.into()) }
}

proptest! {
    #[test]
    fn whatever_is_read_is_written_so_that_it_reads_the_same(kind in any_kind(), mut fields in any_fields()) {
        fields.insert("type".into(), kind.name().into());
        if let Ok(run_config) = RunConfig::from_json(&Value::Object(fields.clone())) {
            let written = run_config.to_json();
            prop_assert_eq!(RunConfig::from_json(&written), Ok(run_config));
            for (field, value) in &fields {
                let normalised = ["labels", "ports", "job_template"].contains(&field.as_str());
                prop_assert!(normalised || written.get(field) == Some(value), "{} was changed", field);
            }
        }
    }

    #[test]
    fn whatever_is_made_from_arguments_reads_back_from_the_wire(kind in any_kind(), fields in any_fields()) {
        if let Ok(run_config) = RunConfig::from_arguments(kind, &fields, &nowhere()) {
            prop_assert_eq!(RunConfig::from_json(&run_config.to_json()), Ok(run_config));
        }
    }

    #[test]
    fn labels_are_a_sorted_set(labels in prop::collection::vec("[a-c]{1,2}", 0..8)) {
        let document = serde_json::json!({"type": "UniversalRun", "labels": labels});
        let written = RunConfig::from_json(&document).unwrap().to_json();
        let mut expected = labels.clone();
        expected.sort();
        expected.dedup();
        prop_assert_eq!(&written["labels"], &Value::from(expected));
    }

    #[test]
    fn resolving_twice_changes_nothing(directory in "[a-z./]{0,12}") {
        let run_config = RunConfig::from(crate::run_config::LocalRun::new().working_dir(directory));
        let once = run_config.resolve(&nowhere()).unwrap();
        prop_assert_eq!(once.clone().resolve(&nowhere()).unwrap(), once);
    }
}
