//! How spans of time, sizes and the layers of a run's settings read.

use jiff::{SignedDuration, Timestamp};

/// A span as a person reads it, in two units at most: `3.4 ms`, `12.5 s`, `2 min 5 s`, `3 h 12 min`, `4 d 2 h`.
pub(super) fn duration(span: SignedDuration) -> String {
    let span = span.max(SignedDuration::ZERO);
    let seconds = span.as_secs();
    let two = |value: i64, unit: &str, rest: i64, small: &str| match rest {
        0 => format!("{value} {unit}"),
        rest => format!("{value} {unit} {rest} {small}"),
    };
    match seconds {
        0 if span.as_millis() < 10 => format!("{:.1} ms", span.as_secs_f64() * 1000.0),
        0 => format!("{} ms", span.as_millis()),
        1..60 => format!("{:.1} s", span.as_secs_f64()),
        60..3_600 => two(seconds / 60, "min", seconds % 60, "s"),
        3_600..86_400 => two(seconds / 3_600, "h", seconds % 3_600 / 60, "min"),
        _ => two(seconds / 86_400, "d", seconds % 86_400 / 3_600, "h"),
    }
}

/// The span between two instants, in words.
pub(super) fn between(from: Timestamp, to: Timestamp) -> String {
    duration(to.duration_since(from))
}

/// Where labels come from, of the layer that the column `label_source` names.
pub(super) fn label_source(layer: &str) -> &'static str {
    match layer {
        "run" => "given with the run",
        "run_run_config" => "from the run config given with the run",
        "flow_group" => "set on the flow",
        "flow_group_run_config" => "from the run config set on the flow",
        "flow_run_config" => "from the run config registered with the flow",
        "environment" => "from the flow's environment",
        _ => "nobody gave any",
    }
}

/// Where the run config of a run comes from, of the layer that the column `run_config_source` names.
pub(super) fn run_config_source(layer: Option<&str>) -> &'static str {
    match layer {
        Some("run") => "given with the run",
        Some("flow_group") => "set on the flow",
        Some("flow") => "registered with the flow",
        _ => "as it was when the run was created",
    }
}

/// At most `letters` letters of a text.
pub(super) fn shortened(text: &str, letters: usize) -> String {
    match text.char_indices().nth(letters) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// A word that is safe to paste into a shell.
pub(super) fn shell_word(word: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./:=@,".contains(letter);
    match !word.is_empty() && word.chars().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_read_well() {
        let words = |milliseconds| duration(SignedDuration::from_millis(milliseconds));
        let spans = [-5, 3, 250, 12_500, 60_000, 125_000, 11_520_000, 352_800_000].map(words);
        insta::assert_compact_debug_snapshot!(spans, @r#"["0.0 ms", "3.0 ms", "250 ms", "12.5 s", "1 min", "2 min 5 s", "3 h 12 min", "4 d 2 h"]"#);
    }

    #[test]
    fn what_is_pasted_into_a_shell_stays_one_word() {
        assert_eq!(shell_word("arn:aws:ecs:eu-west-1:1:task/x"), "arn:aws:ecs:eu-west-1:1:task/x");
        assert_eq!(shell_word("$(rm -rf /); it's"), r"'$(rm -rf /); it'\''s'");
        assert_eq!(shell_word(""), "''");
    }
}
