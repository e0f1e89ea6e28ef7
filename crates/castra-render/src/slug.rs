//! Slugs: names that targets take, made from names that people gave, as python-slugify with text-unidecode makes them.

mod entities;

use icu_normalizer::DecomposingNormalizerBorrowed;
use unidecode::unidecode_char;

/// `slugify(text, max_length=max_length, word_boundary=True, save_order=True)`: lower-case words of ASCII letters and
/// digits with dashes between them, as many of the first ones as fit.
pub fn slug(text: &str, max_length: usize) -> String {
    let slug = slug_with(text, &[]).to_ascii_lowercase();
    if slug.len() < max_length {
        return slug;
    }
    let mut end = 0;
    for word in slug.split('-') {
        // A word that is not the last one wants room for its dash, unless it fills the rest.
        if end + word.len() > max_length {
            break;
        }
        end += word.len() + 1;
        if end > max_length {
            break;
        }
    }
    let end = if end == 0 { max_length } else { end.min(slug.len()) };
    slug[..end.min(max_length)].trim_matches('-').to_owned()
}

/// `slugify(text, lowercase=False)` with a pattern that keeps these characters besides: every run of others is a dash.
pub(crate) fn slug_with(text: &str, kept: &[char]) -> String {
    let nfkd = DecomposingNormalizerBorrowed::new_nfkd();
    let unquoted = text.replace('\'', "-");
    let ascii: String = nfkd.normalize(&unquoted).chars().map(transliterated).collect();
    let decoded = decimals(&named(&ascii));
    let decoded = hexadecimals(&decoded);
    let plain = without_thousands(&nfkd.normalize(&decoded).replace('\'', ""));
    let allowed = |character: char| {
        if character.is_ascii_alphanumeric() || kept.contains(&character) { character } else { '-' }
    };
    let mut slug: String = plain.chars().map(allowed).collect();
    let mut last = ' ';
    slug.retain(|character| std::mem::replace(&mut last, character) != '-' || character != '-');
    slug.trim_matches('-').to_owned()
}

/// What text-unidecode makes of a character. `unidecode` holds a later edition of the same table; where they differ in
/// what is left of it in a name, text-unidecode has nothing, or does not know the character.
fn transliterated(character: char) -> &'static str {
    const UNKNOWN: &str = "[?]";
    match u32::from(character) {
        0x80..=0x9f | 0x2e5..=0x2eb => "",
        0x2ef..=0x2ff
        | 0x3f4..=0x3f9
        | 0x3fc..=0x3ff
        | 0x558
        | 0x58b
        | 0x58c
        | 0x6ff
        | 0xaf0
        | 0xaf1
        | 0xaf9 => UNKNOWN,
        0x13f5
        | 0x13f8..=0x13fd
        | 0x1efa..=0x1eff
        | 0x209d..=0x209f
        | 0x25f4..=0x25ff
        | 0x30ff
        | 0x33ff
        | 0xfdfd => UNKNOWN,
        _ => unidecode_char(character),
    }
}

/// `&eacute;` is written out.
fn named(text: &str) -> String {
    references(text, "&", |name| Some(entities::character(name)), |c| c.is_ascii_alphanumeric())
        .unwrap_or_default()
}

/// `&#233;` is written out; if one of them is no character, none is.
fn decimals(text: &str) -> String {
    let decode = |digits: &str| Some(Some(numbered(digits, 10)?));
    references(text, "&#", decode, |c| c.is_ascii_digit()).unwrap_or_else(|| text.to_owned())
}

/// `&#xe9;` is written out; if one of them is no character, none is.
fn hexadecimals(text: &str) -> String {
    let decode = |digits: &str| Some(Some(numbered(digits, 16)?));
    references(text, "&#x", decode, |c| c.is_ascii_hexdigit()).unwrap_or_else(|| text.to_owned())
}

/// The character of a number; for half of a surrogate pair, one that no name keeps, either.
fn numbered(digits: &str, base: u32) -> Option<char> {
    let number = u32::from_str_radix(digits, base).ok().filter(|number| *number <= 0x0010_ffff)?;
    Some(char::from_u32(number).unwrap_or(char::REPLACEMENT_CHARACTER))
}

/// The text with every `<opening><inner>;` written out whose inner text `decode` knows (`Some(None)`: it does not);
/// `None` if one cannot be.
fn references(
    text: &str,
    opening: &str,
    decode: impl Fn(&str) -> Option<Option<char>>,
    is_inner: fn(char) -> bool,
) -> Option<String> {
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(opening) {
        let (before, reference) = rest.split_at(start);
        decoded.push_str(before);
        let after = &reference[opening.len()..];
        let end = after.find(|character| !is_inner(character)).unwrap_or(after.len());
        let inner = &after[..end];
        let is_closed = !inner.is_empty() && after[end..].starts_with(';');
        match if is_closed { decode(inner)? } else { None } {
            Some(character) => {
                decoded.push(character);
                rest = &after[end + 1..];
            }
            None => {
                decoded.push_str(opening);
                rest = after;
            }
        }
    }
    decoded.push_str(rest);
    Some(decoded)
}

/// Without commas between digits.
fn without_thousands(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let is_digit =
        |place: Option<usize>| place.and_then(|at| characters.get(at)).is_some_and(char::is_ascii_digit);
    let is_comma_between_digits =
        |at: usize| characters[at] == ',' && is_digit(at.checked_sub(1)) && is_digit(Some(at + 1));
    (0..characters.len()).filter(|at| !is_comma_between_digits(*at)).map(|at| characters[at]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_ascii_letters_and_digits() {
        assert_eq!(slug("Zürich → 北京, it's 1,000!", 80), "zurich-bei-jing-it-s-1000");
        assert_eq!(slug("ETL_daily.v2 &Eacute;&#65;", 80), "etl-daily-v2-e-a");
        assert_eq!(slug("…", 80), "");
    }

    #[test]
    fn as_many_words_as_fit() {
        let cases = [
            ("one two three", 20, "one-two-three"),
            ("one two three", 13, "one-two-three"),
            ("one two three", 12, "one-two"),
            ("one two three", 8, "one-two"),
            ("one two three", 7, "one-two"),
            ("one two three", 6, "one"),
            ("one two three", 2, "on"),
            ("onetwothree", 4, "onet"),
        ];
        for (text, max_length, expected) in cases {
            assert_eq!(slug(text, max_length), expected, "{text} {max_length}");
        }
    }
}
