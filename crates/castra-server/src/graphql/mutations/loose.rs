//! How loosely the inputs of mutations may be typed: as Prefect's client and its users send them, and no looser. The
//! functions are for `#[serde(deserialize_with = …)]`; absent and null mean the same.

use castra_core::label::LabelSet;
use castra_core::run_config::RunConfig;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// A whole number, also in a text.
pub(super) fn integer<'de, D: Deserializer<'de>>(input: D) -> Result<Option<i64>, D::Error> {
    let number = |value: Value| match &value {
        Value::String(text) => text.trim().parse().ok(),
        other => other.as_i64(),
    };
    read(input, number, "a whole number")
}

/// An instant in ISO 8601. Without an offset it is UTC, as Prefect's client means it.
pub(super) fn instant<'de, D: Deserializer<'de>>(input: D) -> Result<Option<Timestamp>, D::Error> {
    let instant = |value: Value| {
        let text = value.as_str()?;
        text.parse().ok().or_else(|| {
            let naive = text.parse::<DateTime>().ok()?;
            naive.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
        })
    };
    read(input, instant, "an instant such as 2026-11-24T03:30:00+00:00")
}

/// A JSON object, also in a text.
pub(super) fn object<'de, D: Deserializer<'de>>(input: D) -> Result<Option<Map<String, Value>>, D::Error> {
    let object = |value: Value| match value {
        Value::Object(object) => Some(object),
        Value::String(text) => serde_json::from_str(&text).ok(),
        _ => None,
    };
    read(input, object, "a JSON object")
}

/// Labels: texts that say something.
pub(super) fn labels<'de, D: Deserializer<'de>>(input: D) -> Result<Option<LabelSet>, D::Error> {
    let Some(labels) = Option::<LabelSet>::deserialize(input)? else { return Ok(None) };
    let any_empty = labels.iter().any(|label| label.trim().is_empty());
    match any_empty {
        true => Err(D::Error::custom("a label is empty: leave it out or give it a name")),
        false => Ok(Some(labels)),
    }
}

/// A run config in wire form: checked, and kept as it was sent.
pub(super) fn run_config<'de, D: Deserializer<'de>>(input: D) -> Result<Option<Value>, D::Error> {
    let Some(run_config) = Option::<Value>::deserialize(input)? else { return Ok(None) };
    RunConfig::from_json(&run_config).map_err(D::Error::custom)?;
    Ok(Some(run_config))
}

/// A name that says something.
pub(super) fn name<'de, D: Deserializer<'de>>(input: D) -> Result<String, D::Error> {
    let name = String::deserialize(input)?;
    match name.trim().is_empty() {
        true => Err(D::Error::custom("the name is empty: give it at least one letter")),
        false => Ok(name),
    }
}

/// Reads one value, null as none.
fn read<'de, D: Deserializer<'de>, T>(
    input: D,
    read: impl Fn(Value) -> Option<T>,
    needed: &str,
) -> Result<Option<T>, D::Error> {
    let value = Value::deserialize(input)?;
    if value.is_null() {
        return Ok(None);
    }
    let found = quote(&value);
    read(value).map(Some).ok_or_else(|| D::Error::custom(format!("{needed} is needed, not {found}")))
}

/// A value as an error quotes it: at most 60 letters of it.
fn quote(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_read_as_loosely_as_prefects_client_sends_them() {
        assert_eq!(integer(json!("5")).unwrap(), Some(5));
        assert_eq!(object(json!("{}")).unwrap(), Some(Map::new()));
        assert_eq!(
            instant(json!("2026-11-24T02:16:41.725571")).unwrap(),
            instant(json!("2026-11-24T03:16:41.725571+01:00")).unwrap()
        );
        assert_eq!(instant(Value::Null).unwrap(), None);
    }

    #[test]
    fn a_wrong_value_is_refused_in_words() {
        insta::assert_snapshot!(integer(json!(1.5)).unwrap_err(), @"a whole number is needed, not 1.5");
        insta::assert_snapshot!(instant(json!("soon")).unwrap_err(), @r#"an instant such as 2026-11-24T03:30:00+00:00 is needed, not "soon""#);
        insta::assert_snapshot!(object(json!([1])).unwrap_err(), @"a JSON object is needed, not [1]");
        insta::assert_snapshot!(labels(json!(["dev", " "])).unwrap_err(), @"a label is empty: leave it out or give it a name");
        insta::assert_snapshot!(name(json!("")).unwrap_err(), @"the name is empty: give it at least one letter");
    }

    #[test]
    fn a_long_value_is_quoted_shortened() {
        let error = integer(json!("ä".repeat(100_000))).unwrap_err().to_string();
        assert!(error.chars().count() < 120, "{error}");
    }
}
