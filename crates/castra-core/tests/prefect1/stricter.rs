//! Where Castra refuses, on purpose, keyword arguments that prefect's constructors take: each is a mistake that
//! prefect turns into nonsense on the wire, or into a failure at launch.

use serde_json::{Map, Value};

const LISTS: [&str; 4] = ["labels", "ports", "image_pull_secrets", "worker_pool_specs"];
const OBJECTS: [&str; 2] = ["task_definition", "run_task_kwargs"];
/// Fields with types of their own; all others hold text.
const NOT_TEXT: [&str; 3] = ["env", "host_config", "scheduling"];

/// The rule by which Castra refuses these arguments, if it does so on purpose.
pub(crate) fn rule(arguments: &Map<String, Value>) -> Option<&'static str> {
    arguments.iter().filter(|(_, value)| !value.is_null()).find_map(|(field, value)| {
        let field = field.as_str();
        if LISTS.contains(&field) {
            return list_rule(value, field == "worker_pool_specs");
        }
        if OBJECTS.contains(&field) {
            return (!value.is_object()).then_some("a specification that is no object fails at launch");
        }
        let is_text = !NOT_TEXT.contains(&field) && field != "job_template";
        (is_text && (value.is_array() || value.is_object()))
            .then_some("a list or an object is no text, though Python's str() writes one")
    })
}

fn list_rule(value: &Value, of_objects: bool) -> Option<&'static str> {
    match value {
        Value::Array(items) if items.iter().any(Value::is_null) => {
            Some("null in a list is dumped by prefect, which then cannot load it, or fails at launch")
        }
        Value::Array(items)
            if !of_objects && items.iter().any(|item| item.is_array() || item.is_object()) =>
        {
            Some("a list or an object in a list of texts is no text")
        }
        Value::Array(_) => None,
        _ => Some("a string, an object or zero is no list, though Python may iterate over it"),
    }
}
