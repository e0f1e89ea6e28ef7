//! Texts that come from tasks are kept at a length that fits into a report.

/// The longest text that is kept, in characters.
const LONGEST: usize = 16 * 1024;

/// The text, or its beginning if it is very long.
pub(crate) fn shortened(text: String) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
