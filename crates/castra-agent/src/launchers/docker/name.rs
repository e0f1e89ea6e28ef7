//! The container's name: the run's, as far as Docker takes it (prefect 1.4.1 `DockerAgent.deploy_flow`, which asks
//! python-slugify with text-unidecode).

use icu_normalizer::DecomposingNormalizerBorrowed;
use unidecode::unidecode_char;
use uuid::Uuid;

use super::entities;

/// Docker sets no limit; addresses have one.
const MAX_LENGTH: usize = 250;

/// The name of the container of a run: its own in ASCII, without what Docker does not take, or else its id.
pub(super) fn container_name(flow_run_name: Option<&str>, flow_run_id: Uuid) -> String {
    let slug = slug(flow_run_name.unwrap_or_default());
    // Docker wants a letter or a digit first.
    match slug.trim_start_matches(['_', '-', '.']) {
        "" => flow_run_id.to_string(),
        name => name.to_owned(),
    }
}

/// `slugify(name, lowercase=False, max_length=250, regex_pattern=r"[^a-zA-Z0-9_.-]+")`.
fn slug(name: &str) -> String {
    let nfkd = DecomposingNormalizerBorrowed::new_nfkd();
    let unquoted = name.replace('\'', "-");
    let ascii: String = nfkd.normalize(&unquoted).chars().map(transliterated).collect();
    let decoded = decimals(&named(&ascii));
    let decoded = hexadecimals(&decoded);
    let plain = without_thousands(&nfkd.normalize(&decoded).replace('\'', ""));
    let allowed = |character: char| {
        if character.is_ascii_alphanumeric() || matches!(character, '_' | '.') { character } else { '-' }
    };
    let mut slug: String = plain.chars().map(allowed).collect();
    let mut last = ' ';
    slug.retain(|character| std::mem::replace(&mut last, character) != '-' || character != '-');
    let slug = slug.trim_matches('-');
    slug[..slug.len().min(MAX_LENGTH)].trim_matches('-').to_owned()
}

/// What text-unidecode makes of a character. `unidecode` holds a later edition of the same table; where they differ in
/// what is left of it in a name, text-unidecode has nothing, or does not know the character.
fn transliterated(character: char) -> &'static str {
    const UNKNOWN: &str = "[?]";
    match u32::from(character) {
        0x80..=0x9f | 0x2e5..=0x2eb => "",
        0x2ef..=0x2ff | 0x3f4..=0x3f9 | 0x3fc..=0x3ff | 0x6ff | 0xaf0 | 0xaf1 | 0xaf9 => UNKNOWN,
        0x13f5 | 0x13f8..=0x13fd | 0x1efa..=0x1eff | 0x25f4..=0x25ff | 0x30ff | 0x33ff | 0xfdfd => UNKNOWN,
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

    fn name(flow_run_name: &str) -> String {
        container_name(Some(flow_run_name), Uuid::nil())
    }

    #[test]
    fn what_docker_takes_stays() {
        assert_eq!(name("nightly_ETL-1.0"), "nightly_ETL-1.0");
        assert_eq!(name("Zürich → 北京, it's 1,000!"), "Zurich-Bei-Jing-it-s-1000");
        assert_eq!(name("caf&eacute; &#65;&#x42; &bogus; &"), "cafe-AB-bogus");
    }

    #[test]
    fn one_number_that_is_no_character_spoils_all_of_its_kind() {
        assert_eq!(name("&#65;&#1114112;&#x42;"), "65-1114112-B");
        assert_eq!(name("&#99999999999;"), "99999999999");
        assert_eq!(name("a&#55296;b"), "a-b");
    }

    #[test]
    fn it_begins_with_a_letter_or_a_digit_and_is_never_empty() {
        assert_eq!(name("._-a-._"), "a-._");
        assert_eq!(name("…"), "00000000-0000-0000-0000-000000000000");
        assert_eq!(container_name(None, Uuid::nil()), "00000000-0000-0000-0000-000000000000");
    }

    #[test]
    fn it_is_not_endless() {
        assert_eq!(name(&"a".repeat(300)).len(), 250);
        assert_eq!(name(&format!("{}-{}", "a".repeat(249), "b".repeat(9))), "a".repeat(249));
    }
}
