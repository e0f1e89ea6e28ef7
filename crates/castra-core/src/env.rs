//! Environment variables as run configs hold them: which names a process can have, and the text of a value.

use serde_json::{Map, Value};

use crate::python;

/// An environment variable that no process can have. Values are never shown: they may be secrets.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnvError {
    /// The name is empty or holds `=` or NUL.
    #[error(
        "{name:?} cannot name an environment variable: a name is not empty and holds neither `=` nor NUL"
    )]
    BadName {
        /// The name.
        name: String,
    },
    /// The value is not text, or holds NUL.
    #[error("the environment variable {name} has no text for a value, or one with NUL: give it a string")]
    BadValue {
        /// The name.
        name: String,
    },
}

/// Checks that a process can have these variables. Prefect 1 finds out only at launch.
///
/// # Errors
/// The first variable that no process can have.
pub fn check(env: &Map<String, Value>) -> Result<(), EnvError> {
    for (name, value) in env {
        if name.is_empty() || name.contains(['=', '\0']) {
            return Err(EnvError::BadName { name: name.clone() });
        }
        if !value.is_null() && text(value).is_none_or(|text| text.contains('\0')) {
            return Err(EnvError::BadValue { name: name.clone() });
        }
    }
    Ok(())
}

/// The text of a value: numbers and booleans as Python writes them; null, lists and objects have none. A variable
/// whose value is null is left out (prefect 1.4.1 `LocalAgent.populate_env_vars`).
pub fn text(value: &Value) -> Option<String> {
    python::text(value)
}

/// A variable as Docker takes it: `NAME=value`, or for null the bare name, which takes the image's own variable out. A
/// list or object is written as Python writes it (docker-py 6.1 `format_environment`).
pub fn assignment(name: &str, value: &Value) -> String {
    match value {
        Value::Null => name.to_owned(),
        _ => format!("{name}={}", python::shown(value)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn checked(env: Value) -> Result<(), EnvError> {
        check(env.as_object().unwrap())
    }

    #[test]
    fn what_a_process_can_have_passes() {
        assert_eq!(checked(json!({"A": "b", "lower.case-1": "", "N": 1, "unset": null})), Ok(()));
    }

    #[test]
    fn bad_names_and_values_are_refused_without_showing_the_value() {
        let message = |env: Value| checked(env).unwrap_err().to_string();
        insta::assert_snapshot!(message(json!({"": "secret"})), @r#""" cannot name an environment variable: a name is not empty and holds neither `=` nor NUL"#);
        insta::assert_snapshot!(message(json!({"A=B": "secret"})), @r#""A=B" cannot name an environment variable: a name is not empty and holds neither `=` nor NUL"#);
        insta::assert_snapshot!(message(json!({"A": "sec\0ret"})), @"the environment variable A has no text for a value, or one with NUL: give it a string");
        insta::assert_snapshot!(message(json!({"A": ["secret"]})), @"the environment variable A has no text for a value, or one with NUL: give it a string");
    }
}
