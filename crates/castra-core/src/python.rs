//! The text Python gives for values, where Prefect 1 shows it: `str()` of a scalar turns `cpu_limit=2` into `"2"`,
//! `0.00001` into `"1e-05"` and `True` into `"True"` on the wire; `str()` of a list tells a run its agent's labels.

use std::cmp::Ordering;

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

/// `str(value)` of any value: lists and objects as Python writes lists and dicts.
pub fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        _ => literal(value),
    }
}

/// `repr(value)`.
fn literal(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::String(text) => quoted(text),
        Value::Array(items) => format!("[{}]", items.iter().map(literal).collect::<Vec<_>>().join(", ")),
        Value::Object(fields) => {
            let fields = fields.iter().map(|(key, value)| format!("{}: {}", quoted(key), literal(value)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
        }
        Value::Bool(_) | Value::Number(_) => text(value).unwrap_or_default(),
    }
}

/// `bool(value)`.
pub fn is_true(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(boolean) => *boolean,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
    }
}

/// `isinstance(value, int)`, which holds for booleans too.
pub(crate) fn is_integer(value: &Value) -> bool {
    value.is_i64() || value.is_u64() || value.is_boolean()
}

/// What `for item in value` goes through; `None` if it is nothing to go through.
pub(crate) fn items(value: &Value) -> Option<Vec<Value>> {
    match value {
        Value::Array(items) => Some(items.clone()),
        Value::String(text) => Some(text.chars().map(|character| character.to_string().into()).collect()),
        Value::Object(fields) => Some(fields.keys().map(|key| key.as_str().into()).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

/// Which of two values is the lesser; `None` if Python cannot tell.
pub(crate) fn compared(left: &Value, right: &Value) -> Option<Ordering> {
    let number = |value: &Value| value.as_f64().or_else(|| value.as_bool().map(|b| f64::from(u8::from(b))));
    match (left, right) {
        (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
        (Value::Array(left), Value::Array(right)) => {
            match left.iter().zip(right).find(|(left, right)| left != right) {
                Some((left, right)) => compared(left, right),
                None => Some(left.len().cmp(&right.len())),
            }
        }
        _ => number(left)?.partial_cmp(&number(right)?),
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
    let scientific = shortest(float);
    let Some((mantissa, exponent)) = scientific.split_once('e') else { return scientific };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        let digits = mantissa.bytes().filter(u8::is_ascii_digit).count() as i32;
        let decimals = usize::try_from(digits - 1 - exponent).unwrap_or(0).max(1);
        return format!("{float:.decimals$}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

/// The fewest digits that read back as `float`, in scientific form. Of two such numbers as near as each other Rust takes the
/// greater one, Python the even one; so does Rust once it is told how many digits.
fn shortest(float: f64) -> String {
    let scientific = format!("{float:e}");
    let digits = scientific.bytes().take_while(|byte| *byte != b'e').filter(u8::is_ascii_digit).count();
    let even = format!("{float:.*e}", digits.saturating_sub(1));
    if even.parse() == Ok(float) { even } else { scientific }
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
            (json!(939_245_531_691_359.3), "939245531691359.2"),
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
    fn any_value_can_be_shown() {
        let value = json!({"a": [1, null, true, "it's"], "b": {}});
        assert_eq!(shown(&value), r#"{'a': [1, None, True, "it's"], 'b': {}}"#);
        assert_eq!(shown(&json!("it's")), "it's");
    }

    #[test]
    fn what_is_no_scalar_has_no_text() {
        for value in [json!(null), json!([1]), json!({"a": 1})] {
            assert_eq!(text(&value), None);
        }
    }
}
