//! The flow run that is to be rendered: a file, or what comes from stdin.

use std::io::Read as _;

use anyhow::{Result, anyhow, bail};
use castra_core::claim::ClaimedFlowRun;
use serde_json::Value;

const SHAPE: &str = "a flow run is an object as the API returns it: {id, name, version, parameters, run_config, \
                     flow: {id, name, version, storage, core_version, environment}}";

/// Reads a flow run from a file, or from stdin if that is `-`.
///
/// # Errors
/// It cannot be read, is not JSON, or is no flow run.
pub(super) fn read(file: &str) -> Result<ClaimedFlowRun> {
    let (name, text) = match file {
        "-" => ("stdin", text_of_stdin()),
        file => (file, std::fs::read_to_string(file)),
    };
    let text = text.map_err(|error| {
        anyhow!("cannot read {name}: {error}; name a file that holds a flow run in JSON, or `-` for stdin")
    })?;
    parse(name, &text)
}

fn text_of_stdin() -> std::io::Result<String> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    Ok(text)
}

fn parse(name: &str, text: &str) -> Result<ClaimedFlowRun> {
    let mut document: Value =
        serde_json::from_str(text).map_err(|error| anyhow!("{name} is not JSON: {error}; {SHAPE}"))?;
    if !document.is_object() {
        bail!("{name} is no flow run; {SHAPE}");
    }
    without_nulls(&mut document);
    if let Some(flow) = document.get_mut("flow") {
        without_nulls(flow);
    }
    serde_path_to_error::deserialize(document)
        .map_err(|error| anyhow!("{name} is no flow run: at `{}`: {}; {SHAPE}", error.path(), error.inner()))
}

/// The API says null where there is nothing.
fn without_nulls(document: &mut Value) {
    if let Value::Object(fields) = document {
        fields.retain(|_, value| !value.is_null());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        let words = parse("run.json", text).unwrap_err().to_string();
        words.replace(SHAPE, "<shape>")
    }

    #[test]
    fn a_flow_run_may_have_nulls() {
        let id = "00000000-0000-0000-0000-000000000001";
        let text = format!(
            r#"{{"id": "{id}", "name": null, "parameters": null, "flow": {{"id": "{id}", "name": null}}}}"#
        );
        assert_eq!(parse("run.json", &text).unwrap().id.to_string(), id);
    }

    #[test]
    fn what_is_no_flow_run_is_told_with_its_place() {
        insta::assert_snapshot!(refused("{\n  id: 1\n}"), @"run.json is not JSON: key must be a string at line 2 column 3; <shape>");
        insta::assert_snapshot!(refused("[]"), @"run.json is no flow run; <shape>");
        insta::assert_snapshot!(refused(r#"{"id": "00000000-0000-0000-0000-000000000001"}"#), @"run.json is no flow run: at `.`: missing field `flow`; <shape>");
        insta::assert_snapshot!(refused(r#"{"id": "x"}"#), @"run.json is no flow run: at `id`: UUID parsing failed: invalid character: found `x` at 0; <shape>");
        let flow = r#"{"id": "00000000-0000-0000-0000-000000000001", "flow": {"id": 5}}"#;
        insta::assert_snapshot!(refused(flow), @"run.json is no flow run: at `flow.id`: invalid type: integer `5`, expected a formatted UUID string; <shape>");
    }
}
