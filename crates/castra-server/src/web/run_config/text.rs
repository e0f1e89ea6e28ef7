//! Values of a run config as texts that a person edits, and back. Secrets are shown masked; a mask that is left where it
//! stood stands for the value behind it.

use castra_core::mask::{MASK, mask};
use castra_core::yaml;
use serde_json::{Value as Json, json};

use super::item::Shape;
use crate::web::run::pretty;

/// The text of a value.
pub(super) fn shown(shape: Shape, value: &Json) -> String {
    match (shape, value) {
        (_, Json::Null) => String::new(),
        (Shape::Line | Shape::Choice(_), Json::String(text)) => text.clone(),
        (Shape::Texts | Shape::Numbers, Json::Array(entries)) => {
            entries.iter().map(word).collect::<Vec<_>>().join(", ")
        }
        (_, value) => pretty(&masked(value)),
    }
}

fn word(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The value that a text says. What says the same as one of the values that stood there `before` is that value.
///
/// # Errors
/// What is wrong with the text.
pub(super) fn read(shape: Shape, text: &str, before: &[&Json]) -> Result<Json, String> {
    if let Some(before) = before.iter().find(|before| same(text, &shown(shape, before))) {
        return Ok((*before).clone());
    }
    let text = text.trim();
    if text.is_empty() {
        return Ok(Json::Null);
    }
    match shape {
        Shape::Line | Shape::Choice(_) => Ok(text.into()),
        Shape::Texts => Ok(text.split([',', '\n']).map(str::trim).filter(|it| !it.is_empty()).collect()),
        Shape::Numbers => numbers(text),
        Shape::Document => with_secrets(document(text)?, before),
    }
}

/// Whether two texts are the same but for how lines end and what blanks are around them.
pub(super) fn same(one: &str, other: &str) -> bool {
    one.trim().lines().eq(other.trim().lines())
}

fn numbers(text: &str) -> Result<Json, String> {
    let words =
        text.split(|letter: char| letter == ',' || letter.is_whitespace()).filter(|it| !it.is_empty());
    let number = |word: &str| {
        word.parse::<i64>().map(Json::from).map_err(|_| {
            let digits: String = word.chars().filter(char::is_ascii_digit).collect();
            let meant = if digits.is_empty() { String::new() } else { format!(" (did you mean {digits}?)") };
            format!("“{word}” is no whole number{meant}: write numbers and commas, e.g. 8080, 9000")
        })
    };
    words.map(number).collect()
}

fn document(text: &str) -> Result<Json, String> {
    match serde_json::from_str(text) {
        Ok(json) => Ok(json),
        // Whoever begins with a brace means JSON, of which YAML would complain in other words.
        Err(error) if text.starts_with(['{', '[']) && yaml::parse(text).is_err() => {
            Err(format!("this is no JSON: {error}"))
        }
        Err(_) => yaml::parse(text).map_err(|error| error.to_string()),
    }
}

/// The value with its secrets hidden.
pub(super) fn masked(value: &Json) -> Json {
    let mut masked = value.clone();
    mask(&mut masked, None);
    masked
}

/// A variable as the form shows it.
pub(super) fn shown_variable(name: &str, value: &Json) -> String {
    word(&masked(&json!({ name: value }))[name])
}

/// The edited value with the secrets of what was there `before` where it has their masks.
fn with_secrets(edited: Json, before: &[&Json]) -> Result<Json, String> {
    let restored = before.iter().fold(edited, |edited, before| restored(edited, &masked(before), before));
    match has_mask(&restored) && !before.iter().any(|before| has_mask(before)) {
        true => Err(format!("{MASK} stands for a value that is not shown here: write the value itself")),
        false => Ok(restored),
    }
}

fn restored(edited: Json, masked: &Json, before: &Json) -> Json {
    if edited == *masked {
        return before.clone();
    }
    match (edited, masked, before) {
        (Json::Object(edited), Json::Object(masked), Json::Object(before)) => {
            let field = |(name, value): (String, Json)| {
                let value = match (masked.get(&name), before.get(&name)) {
                    (Some(masked), Some(before)) => restored(value, masked, before),
                    _ => value,
                };
                (name, value)
            };
            Json::Object(edited.into_iter().map(field).collect())
        }
        (Json::Array(edited), Json::Array(masked), Json::Array(before)) => {
            let entry = |(number, value): (usize, Json)| match (masked.get(number), before.get(number)) {
                (Some(masked), Some(before)) => restored(value, masked, before),
                _ => value,
            };
            edited.into_iter().enumerate().map(entry).collect()
        }
        (edited, _, _) => edited,
    }
}

fn has_mask(value: &Json) -> bool {
    match value {
        Json::String(text) => text.contains(MASK),
        Json::Array(entries) => entries.iter().any(has_mask),
        Json::Object(fields) => fields.values().any(has_mask),
        Json::Null | Json::Bool(_) | Json::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_read_back_as_it_was() {
        let values = [
            (Shape::Line, json!("  blanks ")),
            (Shape::Line, json!("")),
            (Shape::Texts, json!(["a", "b,c"])),
            (Shape::Numbers, json!([80, 90])),
            (Shape::Document, json!({"a": [1.0, "yes"], "PREFECT__CONTEXT__SECRETS__A": "hidden"})),
            (Shape::Document, json!({})),
        ];
        for (shape, value) in values {
            let text = shown(shape, &value).replace('\n', "\r\n");
            assert_eq!(read(shape, &text, &[&value]), Ok(value), "{text}");
        }
    }

    #[test]
    fn texts_are_read_by_their_shape() {
        let read = |shape, text| read(shape, text, &[]).unwrap();
        assert_eq!(read(Shape::Texts, "a, b\r\nc,"), json!(["a", "b", "c"]));
        assert_eq!(read(Shape::Numbers, "80 90,\n100"), json!([80, 90, 100]));
        assert_eq!(
            read(Shape::Document, "kind: Job\nspec: {a: 1}"),
            json!({"kind": "Job", "spec": {"a": 1}})
        );
        assert_eq!(read(Shape::Line, "  "), Json::Null);
    }

    #[test]
    fn what_is_wrong_is_said_with_what_was_meant() {
        let refused = |shape, text| read(shape, text, &[]).unwrap_err();
        insta::assert_snapshot!(refused(Shape::Numbers, "80a"), @"“80a” is no whole number (did you mean 80?): write numbers and commas, e.g. 8080, 9000");
        insta::assert_snapshot!(refused(Shape::Document, "{\"a\": }x"), @"this is no JSON: expected value at line 1 column 7");
        insta::assert_snapshot!(refused(Shape::Document, "a: b: c"), @"the YAML text is wrong at line 1, column 5: mapping values are not allowed in this context");
    }

    #[test]
    fn a_secret_stays_where_its_mask_was_left() {
        let before = json!({"overrides": [{"name": "CASTRA_API_KEY", "value": "hidden"}], "cluster": "a"});
        let text = shown(Shape::Document, &before);
        assert!(!text.contains("hidden"));
        let edited = read(Shape::Document, &text.replace("\"a\"", "\"b\""), &[&before]).unwrap();
        assert_eq!(
            edited,
            json!({"overrides": [{"name": "CASTRA_API_KEY", "value": "hidden"}], "cluster": "b"})
        );
        let moved = read(Shape::Document, "{\"other\": \"********\"}", &[&before]);
        insta::assert_snapshot!(moved.unwrap_err(), @"******** stands for a value that is not shown here: write the value itself");
    }
}
