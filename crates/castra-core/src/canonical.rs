//! Canonical JSON: one text per value, so that equal values have equal hashes whoever wrote them.

use serde_json::Value;
use sha2::{Digest, Sha256};

/// The value as JSON without whitespace and with keys in the order of their code points.
pub fn json(value: &Value) -> String {
    let mut text = String::new();
    write(value, &mut text);
    text
}

/// SHA-256 of the canonical JSON, in lower-case hexadecimal.
pub fn sha256(value: &Value) -> String {
    Sha256::digest(json(value)).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn write(value: &Value, text: &mut String) {
    match value {
        Value::Array(items) => {
            write_separated('[', items, ']', text, write);
        }
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_unstable_by_key(|(key, _)| *key);
            write_separated('{', fields, '}', text, |(key, value), text| {
                text.push_str(&Value::from(key.as_str()).to_string());
                text.push(':');
                write(value, text);
            });
        }
        scalar => text.push_str(&scalar.to_string()),
    }
}

fn write_separated<T>(
    open: char,
    items: impl IntoIterator<Item = T>,
    close: char,
    text: &mut String,
    write_item: impl Fn(T, &mut String),
) {
    text.push(open);
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        write_item(item, text);
    }
    text.push(close);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn keys_are_ordered_at_every_depth() {
        let value = json!({"b": [{"z": 1, "a": "ü\n"}], "a": null, "A": 1.5});
        assert_eq!(super::json(&value), r#"{"A":1.5,"a":null,"b":[{"a":"ü\n","z":1}]}"#);
    }

    #[test]
    fn the_order_in_which_keys_were_written_does_not_matter() {
        let hash = |text: &str| sha256(&serde_json::from_str(text).unwrap());
        assert_eq!(hash(r#"{"a": 1, "b": {"c": 2, "d": 3}}"#), hash(r#"{"b":{"d":3,"c":2},"a":1}"#));
        assert_ne!(hash(r#"{"a": 1}"#), hash(r#"{"a": "1"}"#));
    }

    #[test]
    fn the_hash_is_sha_256_of_the_text() {
        assert_eq!(sha256(&json!({})), "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
    }
}
