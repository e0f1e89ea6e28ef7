//! Secrets in what is rendered: the credential wherever it stands, and the values of variables that hold secrets, in the
//! three ways in which targets write variables: `{NAME: value}`, `"NAME=value"`, and `{name: NAME, value: value}`.

use serde_json::Value;

use crate::credential::CREDENTIAL_VARIABLES;

/// What stands in the place of a secret.
pub const MASK: &str = "********";
/// Prefect's variables for secrets: `PREFECT__CONTEXT__SECRETS__NAME`.
const SECRETS: &str = "PREFECT__CONTEXT__SECRETS__";

/// Hides the secrets of a rendered launch or of a run config, and the credential if one is given.
pub fn mask(rendered: &mut Value, credential: Option<&str>) {
    let credential = credential.filter(|credential| !credential.is_empty());
    match rendered {
        Value::String(text) => mask_text(text, credential),
        Value::Array(items) => items.iter_mut().for_each(|item| mask(item, credential)),
        Value::Object(fields) => {
            let names_a_secret = ["name", "Name"]
                .iter()
                .any(|field| fields.get(*field).and_then(Value::as_str).is_some_and(is_secret));
            for (field, value) in fields.iter_mut() {
                if is_secret(field) || names_a_secret && matches!(field.as_str(), "value" | "Value") {
                    hide(value);
                } else {
                    mask(value, credential);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn mask_text(text: &mut String, credential: Option<&str>) {
    match text.split_once('=') {
        Some((name, value)) if is_secret(name) && !value.is_empty() => *text = format!("{name}={MASK}"),
        _ => {
            if let Some(credential) = credential {
                *text = text.replace(credential, MASK);
            }
        }
    }
}

/// That there is no value is no secret.
fn hide(value: &mut Value) {
    if !value.is_null() && value != "" {
        *value = MASK.into();
    }
}

fn is_secret(name: &str) -> bool {
    name.starts_with(SECRETS) || CREDENTIAL_VARIABLES.contains(&name)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn masked(mut rendered: Value) -> Value {
        mask(&mut rendered, Some("k3y"));
        rendered
    }

    #[test]
    fn variables_are_masked_however_they_are_written() {
        let local =
            json!({ "env": { "A": "b", "CASTRA_API_KEY": "other", "PREFECT__CONTEXT__SECRETS__X": 5 } });
        let expected =
            json!({ "env": { "A": "b", "CASTRA_API_KEY": MASK, "PREFECT__CONTEXT__SECRETS__X": MASK } });
        assert_eq!(masked(local), expected);
        let docker = json!(["PREFECT__CONTEXT__SECRETS__X=a=b", "PREFECT__CONTEXT__SECRETS__Y", "A=b"]);
        let expected =
            json!(["PREFECT__CONTEXT__SECRETS__X=********", "PREFECT__CONTEXT__SECRETS__Y", "A=b"]);
        assert_eq!(masked(docker), expected);
        let kubernetes =
            json!([{ "name": "PREFECT__CONTEXT__SECRETS__X", "value": "a" }, { "name": "A", "value": "b" }]);
        let expected =
            json!([{ "name": "PREFECT__CONTEXT__SECRETS__X", "value": MASK }, { "name": "A", "value": "b" }]);
        assert_eq!(masked(kubernetes), expected);
    }

    #[test]
    fn the_credential_is_masked_wherever_it_stands() {
        let rendered = json!({ "stringData": { "credential": "k3y" }, "command": ["--key=k3y"], "A": "key" });
        let expected =
            json!({ "stringData": { "credential": MASK }, "command": ["--key=********"], "A": "key" });
        assert_eq!(masked(rendered), expected);
    }

    #[test]
    fn that_there_is_no_credential_is_no_secret() {
        let none = json!({ "Env": ["PREFECT__CLOUD__API_KEY="], "env": { "CASTRA_API_KEY": "", "PREFECT__CLOUD__API_KEY": null } });
        assert_eq!(masked(none.clone()), none);
    }
}
