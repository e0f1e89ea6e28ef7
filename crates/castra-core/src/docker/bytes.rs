//! Amounts of memory as docker-py reads them: `512m`, `1.5gb`, `1024` (docker-py 6.1 `parse_bytes`).

use serde_json::Value;

/// The amount in bytes: numbers as they are, text with an optional unit `b`, `k`, `m` or `g`.
pub(super) fn parse_bytes(value: &Value) -> Result<Value, String> {
    match value {
        Value::Number(_) | Value::Bool(_) => Ok(value.clone()),
        Value::String(text) if text.is_empty() => Ok(0.into()),
        Value::Array(items) if items.is_empty() => Ok(0.into()),
        Value::Object(fields) if fields.is_empty() => Ok(0.into()),
        Value::String(text) => bytes(text).map(Value::from).ok_or_else(|| {
            format!(
                "{text:?} is no amount of memory: write a number with one of the units b, k, m, g, e.g. 512m"
            )
        }),
        _ => Err("an amount of memory is a number of bytes or text like 512m".to_owned()),
    }
}

fn bytes(text: &str) -> Option<i64> {
    let amount = without_b(text);
    let suffix = amount.chars().next_back()?;
    let (digits, unit) = match suffix.to_lowercase().to_string().as_str() {
        "b" => (&amount[..amount.len() - suffix.len_utf8()], 1.0),
        "k" => (&amount[..amount.len() - suffix.len_utf8()], 1024.0),
        "m" => (&amount[..amount.len() - suffix.len_utf8()], 1024.0 * 1024.0),
        "g" => (&amount[..amount.len() - suffix.len_utf8()], 1024.0 * 1024.0 * 1024.0),
        _ if suffix.is_numeric() => (amount, 1.0),
        _ => return None,
    };
    whole(float(digits)? * unit)
}

/// `kb` is `k`: after a letter, a last `b` says nothing.
fn without_b(text: &str) -> &str {
    match text.strip_suffix(['b', 'B']) {
        Some(rest) if rest.ends_with(char::is_alphabetic) => rest,
        _ => text,
    }
}

/// Python's `float` of text: surrounded by white space, with single underscores between digits.
fn float(text: &str) -> Option<f64> {
    let text = text.trim();
    let characters: Vec<char> = text.chars().collect();
    let stands_between_digits = |at: usize| {
        let is_digit =
            |at: Option<usize>| at.and_then(|at| characters.get(at)).is_some_and(char::is_ascii_digit);
        is_digit(at.checked_sub(1)) && is_digit(Some(at + 1))
    };
    let underscores_are_right =
        characters.iter().enumerate().all(|(at, character)| *character != '_' || stands_between_digits(at));
    underscores_are_right.then(|| text.replace('_', "").parse().ok()).flatten()
}

/// Python's `int` of a float; `None` where no engine could take the number.
fn whole(amount: f64) -> Option<i64> {
    const TWO_TO_63: f64 = 9_223_372_036_854_775_808.0;
    (amount.abs() < TWO_TO_63).then_some(amount.trunc() as i64)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn amounts_with_units() {
        let cases = [
            ("1024", 1024),
            ("512m", 536_870_912),
            ("1.5gb", 1_610_612_736),
            ("2KB", 2048),
            ("7b", 7),
            ("1_000 k", 1_024_000),
            ("", 0),
            ("-1", -1),
            ("1e3", 1000),
            (".5k", 512),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_bytes(&json!(text)), Ok(json!(expected)), "{text}");
        }
    }

    #[test]
    fn numbers_stay_what_they_are() {
        assert_eq!(parse_bytes(&json!(0.5)), Ok(json!(0.5)));
        assert_eq!(parse_bytes(&json!(true)), Ok(json!(true)));
    }

    #[test]
    fn what_is_no_amount() {
        for text in ["k", "bb", "5t", "5mib", "1__0k", "_1k", "inf", "nank", "512m ", "9e99g"] {
            assert!(parse_bytes(&json!(text)).is_err(), "{text}");
        }
        assert!(parse_bytes(&json!([1])).is_err());
    }
}
