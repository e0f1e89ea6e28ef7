//! Flows that are ready to be registered, in files that `castra build --path`, or the real `prefect build`, has written.

use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};
use castra_client::FlowRegistration;
use castra_core::graph::SerializedFlow;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Register, Registered};
use crate::session::block_on;

/// The version of the files' form.
const VERSION: u64 = 1;

/// Registers the flows of a file, each whatever became of the others.
pub(super) fn register(register: &Register, path: &Path) -> Result<Registered> {
    let flows = read(path, register.arguments.name.as_deref())?;
    block_on(async {
        let project = &register.arguments.project;
        let client = register.session.client()?;
        let project_id = client.find_project(project).await?.with_context(|| {
            format!("there is no project {project:?}: create it with `castra create project {project:?}`")
        })?;
        let mut registered = Registered::default();
        for flow in flows {
            match one(register, project_id, flow).await {
                Ok(told) => {
                    registered.files = 1;
                    println!("{told}");
                }
                Err(error) => registered.failures.push(format!("{}: {error:#}", path.display())),
            }
        }
        Ok(registered)
    })
}

async fn one(register: &Register, project_id: Uuid, mut flow: Value) -> Result<String> {
    let arguments = &register.arguments;
    label(&mut flow, &arguments.labels)?;
    let flow = SerializedFlow::from_json(&flow)?;
    let (name, flow) = (flow.name.clone(), flow.to_json());
    let registration = FlowRegistration {
        schedule_active: !arguments.no_schedule,
        ..FlowRegistration::new(project_id, &flow)
    };
    let id = register.session.client()?.register_flow(&registration).await?;
    Ok(format!("registered `{name}` as {id}"))
}

/// The flows of a file, or the one of this name.
fn read(path: &Path, name: Option<&str>) -> Result<Vec<Value>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    let file: Value = serde_json::from_str(&text).unwrap_or_default();
    let (Some(version), Some(flows)) = (file["version"].as_u64(), file["flows"].as_array()) else {
        bail!("{} is no file of flows, which `castra build --path` writes", path.display());
    };
    ensure!(
        version == VERSION,
        "{} has the form of version {version}, and version {VERSION} is known",
        path.display()
    );
    let is_named = |flow: &Value| name.is_none_or(|name| flow["name"] == name);
    Ok(flows.iter().filter(|flow| is_named(flow)).cloned().collect())
}

/// Adds labels to those of the flow's run config.
fn label(flow: &mut Value, labels: &[String]) -> Result<()> {
    if labels.is_empty() {
        return Ok(());
    }
    let Some(run_config) = flow["run_config"].as_object_mut() else {
        bail!("the flow has no run config that could have labels");
    };
    let held = run_config.get("labels").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut all: Vec<_> = held.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    all.extend(labels.iter().cloned());
    all.sort();
    all.dedup();
    run_config.insert("labels".to_owned(), json!(all));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        file
    }

    #[test]
    fn a_file_has_flows_by_name() {
        let file = file(r#"{"version": 1, "flows": [{"name": "one"}, {"name": "two"}]}"#);
        assert_eq!(read(file.path(), None).unwrap().len(), 2);
        assert_eq!(read(file.path(), Some("two")).unwrap(), [json!({"name": "two"})]);
    }

    #[test]
    fn what_is_no_such_file_says_what_writes_one() {
        let message = |text| read(file(text).path(), None).unwrap_err().to_string();
        assert!(message("[]").ends_with("is no file of flows, which `castra build --path` writes"));
        let later = message(r#"{"version": 2, "flows": []}"#);
        assert!(later.ends_with("has the form of version 2, and version 1 is known"), "{later}");
    }

    #[test]
    fn labels_are_added() {
        let mut flow = json!({"run_config": {"labels": ["b"]}});
        label(&mut flow, &["a".to_owned(), "b".to_owned()]).unwrap();
        assert_eq!(flow["run_config"]["labels"], json!(["a", "b"]));
        assert!(label(&mut json!({"run_config": null}), &["a".to_owned()]).is_err());
    }
}
