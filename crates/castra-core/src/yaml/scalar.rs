//! What a YAML 1.1 scalar means, as PyYAML's safe loader resolves it.

use serde_json::{Number, Value};

/// How a scalar is to be understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scalar<'tag> {
    /// Unquoted and untagged: its text decides.
    Plain,
    /// With a tag, without the prefix of YAML's own types.
    Tagged(&'tag str),
}

/// What a scalar turned out to be.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Resolution {
    /// A JSON scalar.
    Value(Value),
    /// Something with a meaning that JSON lacks.
    NotJson(&'static str),
    /// Text that its tag, or its own beginning, does not allow.
    Malformed(&'static str),
}

/// Resolves a scalar's text.
pub(super) fn resolve(text: &str, scalar: Scalar<'_>) -> Resolution {
    match scalar {
        Scalar::Plain => plain(text),
        Scalar::Tagged("str") => Resolution::Value(text.into()),
        Scalar::Tagged("null") => Resolution::Value(Value::Null),
        Scalar::Tagged("bool") => match boolean(&text.to_lowercase()) {
            Some(value) => Resolution::Value(value.into()),
            None => Resolution::Malformed("boolean"),
        },
        Scalar::Tagged("int") => integer(text),
        Scalar::Tagged("float") => float(text),
        Scalar::Tagged("timestamp") => Resolution::NotJson("a date"),
        Scalar::Tagged("binary") => Resolution::NotJson("binary data"),
        Scalar::Tagged(_) => Resolution::NotJson("of a type of its own"),
    }
}

fn plain(text: &str) -> Resolution {
    if matches!(text, "" | "~" | "null" | "Null" | "NULL") {
        return Resolution::Value(Value::Null);
    }
    if let Some(value) = boolean(text) {
        return Resolution::Value(value.into());
    }
    if is_integer(text) {
        return integer(text);
    }
    if is_float(text) {
        return float(text);
    }
    match text {
        "=" => Resolution::NotJson("YAML's default value mark"),
        _ if is_timestamp(text) => Resolution::NotJson("a date"),
        _ => Resolution::Value(text.into()),
    }
}

fn boolean(text: &str) -> Option<bool> {
    match text {
        "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Some(true),
        "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Some(false),
        _ => None,
    }
}

fn is_integer(text: &str) -> bool {
    let digits = unsigned(text);
    if let Some(binary) = digits.strip_prefix("0b") {
        return all(binary, |byte| matches!(byte, b'0' | b'1' | b'_'));
    }
    if let Some(hexadecimal) = digits.strip_prefix("0x") {
        return all(hexadecimal, |byte| byte.is_ascii_hexdigit() || byte == b'_');
    }
    match digits.strip_prefix('0') {
        Some("") => true,
        Some(octal) => all(octal, |byte| matches!(byte, b'0'..=b'7' | b'_')),
        None => {
            let (first, rest) = digits.split_once(':').unwrap_or((digits, ""));
            let counts = digits.contains(':');
            starts_with_digit(first) && all(first, is_digit) && (!counts || rest.split(':').all(is_sixtieth))
        }
    }
}

fn is_float(text: &str) -> bool {
    let digits = unsigned(text);
    if matches!(digits, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let Some((whole, fraction)) = digits.split_once('.') else { return false };
    if let Some((first, rest)) = whole.split_once(':') {
        return starts_with_digit(first)
            && all(first, is_digit)
            && rest.split(':').all(is_sixtieth)
            && fraction.bytes().all(is_digit);
    }
    let fraction = match fraction.find(['e', 'E']) {
        Some(start) => match is_exponent(&fraction[start + 1..]) {
            true => &fraction[..start],
            false => return false,
        },
        None => fraction,
    };
    match whole {
        // Without a whole part there is no sign either.
        "" => text == digits && starts_with_digit(fraction) && all(fraction, is_digit),
        _ => starts_with_digit(whole) && all(whole, is_digit) && fraction.bytes().all(is_digit),
    }
}

/// `1970-01-01`, or a date and a time of day with optional fraction and offset.
fn is_timestamp(text: &str) -> bool {
    let date_end = text.find(['T', 't', ' ', '\t']).unwrap_or(text.len());
    let (date, time) = text.split_at(date_end);
    let parts: Vec<&str> = date.split('-').collect();
    let [year, month, day] = parts[..] else { return false };
    let digits = |part: &str, lengths: std::ops::RangeInclusive<usize>| {
        lengths.contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    if time.is_empty() {
        return digits(year, 4..=4) && digits(month, 2..=2) && digits(day, 2..=2);
    }
    let clock = time.trim_start_matches(['T', 't', ' ', '\t']);
    let clock_parts: Vec<&str> = clock.splitn(3, ':').collect();
    let [hour, minute, second] = clock_parts[..] else { return false };
    digits(year, 4..=4)
        && digits(month, 1..=2)
        && digits(day, 1..=2)
        && digits(hour, 1..=2)
        && digits(minute, 2..=2)
        && second.len() >= 2
        && second.is_char_boundary(2)
        && digits(&second[..2], 2..=2)
        && second[2..].bytes().all(|byte| byte.is_ascii_digit() || b".:+-Z \t".contains(&byte))
}

fn integer(text: &str) -> Resolution {
    const WHAT: &str = "integer that JSON can hold exactly";
    let plain = text.replace('_', "");
    let digits = unsigned(&plain);
    let magnitude = if let Some(binary) = digits.strip_prefix("0b") {
        i128::from_str_radix(binary, 2).ok()
    } else if let Some(hexadecimal) = digits.strip_prefix("0x") {
        i128::from_str_radix(hexadecimal, 16).ok()
    } else if digits.starts_with('0') {
        i128::from_str_radix(digits, 8).ok()
    } else if digits.contains(':') {
        sixtieths(digits)
    } else {
        digits.parse().ok()
    };
    let signed = magnitude.map(|magnitude| if plain.starts_with('-') { -magnitude } else { magnitude });
    match signed.and_then(Number::from_i128) {
        Some(number) => Resolution::Value(Value::Number(number)),
        None => Resolution::Malformed(WHAT),
    }
}

fn float(text: &str) -> Resolution {
    let plain = text.replace('_', "").to_lowercase();
    let digits = unsigned(&plain);
    let sign = if plain.starts_with('-') { -1.0 } else { 1.0 };
    let magnitude = match digits {
        ".inf" | ".nan" => return Resolution::NotJson("no finite number"),
        _ if digits.contains(':') => digits
            .split(':')
            .try_fold(0.0, |sum, part| part.parse::<f64>().ok().map(|part| sum * 60.0 + part)),
        _ => digits.parse().ok(),
    };
    match magnitude.and_then(|magnitude| Number::from_f64(sign * magnitude)) {
        Some(number) => Resolution::Value(Value::Number(number)),
        None => Resolution::Malformed("finite number"),
    }
}

/// `1:30:00` counts in sixtieths.
fn sixtieths(digits: &str) -> Option<i128> {
    digits.split(':').try_fold(0_i128, |sum, part| {
        let part: i128 = part.parse().ok()?;
        sum.checked_mul(60)?.checked_add(part)
    })
}

fn unsigned(text: &str) -> &str {
    text.strip_prefix(['+', '-']).unwrap_or(text)
}

fn is_digit(byte: u8) -> bool {
    byte.is_ascii_digit() || byte == b'_'
}

fn starts_with_digit(text: &str) -> bool {
    text.starts_with(|character: char| character.is_ascii_digit())
}

fn is_sixtieth(part: &str) -> bool {
    match part.as_bytes() {
        [unit] => unit.is_ascii_digit(),
        [ten, unit] => (b'0'..=b'5').contains(ten) && unit.is_ascii_digit(),
        _ => false,
    }
}

fn is_exponent(text: &str) -> bool {
    text.starts_with(['+', '-']) && all(&text[1..], |byte| byte.is_ascii_digit())
}

fn all(text: &str, allowed: impl Fn(u8) -> bool) -> bool {
    !text.is_empty() && text.bytes().all(allowed)
}
