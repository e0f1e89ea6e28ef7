//! What is decided before a launch: run config, image, command.

use castra_core::run_config::{AgentKind, RunConfig, RunConfigKind};
use castra_core::runtime::{FlowSource, Runtime};
use castra_core::storage::Storage;
use serde::Deserialize;
use serde_json::Value;

use crate::cases::{Outcome, compare, same};

#[derive(Deserialize)]
struct Case {
    flow: Flow,
    run_config: Option<Value>,
    default_image: Option<String>,
    agent: String,
    labels: Vec<String>,
    storage_loads: Outcome,
    image: Outcome,
    command: Outcome,
    own_run_config: Outcome,
    labels_text: String,
}

#[derive(Deserialize)]
struct Flow {
    storage: Value,
    core_version: Option<String>,
}

#[test]
fn run_config_image_and_command_are_chosen_the_same() {
    compare("launches", 4_000, |_, case: Case| {
        let run_config = case.run_config.as_ref().map(|document| RunConfig::from_json(document).unwrap());
        let storage = Storage::from_json(&case.flow.storage);
        same(case.storage_loads, storage.clone().map(|_| true.into()), None)?;

        if let Ok(storage) = &storage {
            let core_version = case.flow.core_version.as_deref();
            let source = FlowSource { name: "flow", core_version, storage: Some(storage) };
            let image = source.image(run_config.as_ref(), case.default_image.as_deref());
            same(case.image, image.map(Value::from), None)?;
            same(case.command, source.container_command().map(Value::from), None)?;
        }

        let agent = AgentKind::ALL.into_iter().find(|agent| agent.name() == case.agent).unwrap();
        let kind: Option<RunConfigKind> = run_config.as_ref().map(RunConfig::kind);
        let own = agent.own_run_config(run_config);
        assert_eq!(agent.takes(kind), own.is_ok());
        same(case.own_run_config, own.map(|run_config| run_config.to_json()), None)?;

        let labels_text = Runtime::Prefect1.agent_labels(case.labels.iter().map(String::as_str));
        match labels_text == case.labels_text {
            true => Ok(()),
            false => Err(format!("prefect writes the labels {}, castra {labels_text}", case.labels_text)),
        }
    });
}
