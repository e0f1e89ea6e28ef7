//! The text Python gives for values, where Prefect 1 shows it: `str()` of a scalar turns `cpu_limit=2` into `"2"`,
//! `0.00001` into `"1e-05"` and `True` into `"True"` on the wire; `str()` of a list tells a run its agent's labels.

use serde_json::{Number, Value};

/// `str(value)`; `None` for null, lists and objects, which no text field means.
pub(crate) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number_text(number)),
        Value::Bool(true) => Some("True".to_owned()),
        Value::Bool(false) => Some("False".to_owned()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn number_text(number: &Number) -> String {
    match number.as_f64() {
        Some(float) if number.is_f64() => float_text(float),
        _ => number.to_string(),
    }
}

/// Python's `repr` of a finite float: the shortest digits that read back, positional while the decimal exponent
/// lies in -4..16, otherwise scientific with a signed exponent of at least two digits.
fn float_text(float: f64) -> String {
    let scientific = format!("{float:e}");
    let Some((mantissa, exponent)) = scientific.split_once('e') else { return scientific };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        return format!("{float:?}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

/// `str()` of a list of strings, e.g. `['dev', "it's"]`.
pub(crate) fn list_text<'a>(items: impl IntoIterator<Item = &'a str>) -> String {
    let items: Vec<String> = items.into_iter().map(quoted).collect();
    format!("[{}]", items.join(", "))
}

/// Python's `repr` of a string: single quotes unless only those occur inside, control characters escaped.
fn quoted(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut literal = String::from(quote);
    for character in text.chars() {
        match character {
            '\n' => literal.push_str("\\n"),
            '\r' => literal.push_str("\\r"),
            '\t' => literal.push_str("\\t"),
            '\\' => literal.push_str("\\\\"),
            _ if character == quote => literal.extend(['\\', quote]),
            _ if character.is_control() => literal.push_str(&format!("\\x{:02x}", u32::from(character))),
            _ => literal.push(character),
        }
    }
    literal.push(quote);
    literal
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn scalars_read_as_python_writes_them() {
        let cases = [
            (json!(2), "2"),
            (json!(-3), "-3"),
            (json!(2.0), "2.0"),
            (json!(0.5), "0.5"),
            (json!(0.0001), "0.0001"),
            (json!(0.00001), "1e-05"),
            (json!(1.25e-7), "1.25e-07"),
            (json!(123456789012345.0), "123456789012345.0"),
            (json!(1e15), "1000000000000000.0"),
            (json!(1e16), "1e+16"),
            (json!(1.5e300), "1.5e+300"),
            (json!(-0.0), "-0.0"),
            (json!(true), "True"),
            (json!("2Gi"), "2Gi"),
        ];
        for (value, expected) in cases {
            assert_eq!(text(&value).as_deref(), Some(expected));
        }
    }

    #[test]
    fn a_list_of_strings_reads_as_python_writes_it() {
        let items = ["dev", "it's", r#"both ' and ""#, "line\n\\", "ü\u{7}"];
        assert_eq!(list_text(items), r#"['dev', "it's", 'both \' and "', 'line\n\\', 'ü\x07']"#);
    }

    #[test]
    fn what_is_no_scalar_has_no_text() {
        for value in [json!(null), json!([1]), json!({"a": 1})] {
            assert_eq!(text(&value), None);
        }
    }
}
