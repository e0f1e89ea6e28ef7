//! Image references: `[host[:port]/]path[:tag][@digest]`, the grammar of github.com/distribution/reference.

const LONGEST_NAME: usize = 255;
const LONGEST_TAG: usize = 128;

/// Checks an image reference.
///
/// # Errors
/// What is wrong with it, and what to do.
pub(super) fn check(image: &str) -> Result<(), String> {
    wrong(image).map_or(Ok(()), |reason| Err(format!("{image:?} is no image reference: {reason}")))
}

fn wrong(image: &str) -> Option<String> {
    if image.is_empty() {
        return Some("it is empty; leave `image` out for the default".to_owned());
    }
    if image.contains(char::is_whitespace) {
        return Some("it holds white space; take that out".to_owned());
    }
    if image.contains("://") {
        return Some(
            "it begins with a scheme; write host/path, without `https://` or `docker://`".to_owned(),
        );
    }
    let (rest, digest) = image.split_once('@').map_or((image, None), |(rest, digest)| (rest, Some(digest)));
    let (name, tag) = split_tag(rest);
    if name.len() > LONGEST_NAME {
        return Some(format!("its name has {} letters, and may have {LONGEST_NAME}", name.len()));
    }
    let (host, path) = split_host(name);
    host.and_then(wrong_host)
        .or_else(|| path.split('/').find_map(wrong_component))
        .or_else(|| tag.and_then(wrong_tag))
        .or_else(|| digest.and_then(wrong_digest))
}

/// A colon after the last slash begins the tag; one before it, a port.
fn split_tag(name: &str) -> (&str, Option<&str>) {
    match name.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
        _ => (name, None),
    }
}

/// What stands before the first slash is a host if it looks like one.
fn split_host(name: &str) -> (Option<&str>, &str) {
    match name.split_once('/') {
        Some((first, path)) if first.contains(['.', ':']) || first == "localhost" || has_upper(first) => {
            (Some(first), path)
        }
        _ => (None, name),
    }
}

fn has_upper(text: &str) -> bool {
    text.contains(|letter: char| letter.is_ascii_uppercase())
}

fn wrong_host(host: &str) -> Option<String> {
    let (address, after) = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, after)) => {
            let is_address =
                address.contains(':') && address.chars().all(|it| it.is_ascii_hexdigit() || it == ':');
            (is_address, after)
        }
        None => {
            let end = host.find(':').unwrap_or(host.len());
            let (name, after) = host.split_at(end);
            (name.split('.').all(is_host_label), after)
        }
    };
    let is_port = |port: &str| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    if !address {
        return Some(format!("{host:?} is no host name"));
    }
    let has_port = after.is_empty() || after.strip_prefix(':').is_some_and(is_port);
    (!has_port).then(|| format!("the port of {host:?} is no number"))
}

fn is_host_label(label: &str) -> bool {
    let bytes = label.as_bytes();
    bytes.first().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.last().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
}

/// Lower-case letters and digits, with one `.`, one or two `_`, or any number of `-` between them.
fn wrong_component(component: &str) -> Option<String> {
    if component.is_empty() {
        return Some("a part between slashes is empty".to_owned());
    }
    if has_upper(component) {
        return Some(format!("{component:?} has upper-case letters; its path is written in lower case"));
    }
    let alphanumeric = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    if let Some(letter) = component.chars().find(|&it| !alphanumeric(it) && !"._-".contains(it)) {
        return Some(format!(
            "{component:?} holds {letter:?}; letters, digits, `.`, `_` and `-` are allowed"
        ));
    }
    let mut separators = component.split(alphanumeric).filter(|separator| !separator.is_empty());
    let is_separator =
        |separator: &str| matches!(separator, "." | "_" | "__") || separator.bytes().all(|byte| byte == b'-');
    let is_enclosed = component.starts_with(alphanumeric) && component.ends_with(alphanumeric);
    if is_enclosed && separators.all(is_separator) {
        return None;
    }
    Some(format!("{component:?} must begin and end with a letter or digit, and have one separator at a time"))
}

fn wrong_tag(tag: &str) -> Option<String> {
    if tag.is_empty() {
        return Some("the tag after `:` is empty; write one, or take out the colon".to_owned());
    }
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let begins = tag.bytes().next().is_some_and(is_word);
    let fits =
        begins && tag.len() <= LONGEST_TAG && tag.bytes().all(|byte| is_word(byte) || b".-".contains(&byte));
    (!fits).then(|| {
        format!("{tag:?} is no tag: at most {LONGEST_TAG} letters, digits, `_`, `.` and `-`, not beginning with `.` or `-`")
    })
}

fn wrong_digest(digest: &str) -> Option<String> {
    let (algorithm, hex) = digest.split_once(':').unwrap_or((digest, ""));
    let is_word = |word: &str| {
        word.starts_with(|letter: char| letter.is_ascii_alphabetic())
            && word.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    let is_hex = hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    let long_enough = match algorithm {
        "sha256" => hex.len() == 64,
        "sha384" => hex.len() == 96,
        "sha512" => hex.len() == 128,
        _ => hex.len() >= 32,
    };
    let fits = algorithm.split(['-', '_', '+', '.']).all(is_word) && is_hex && long_enough;
    (!fits).then(|| format!("{digest:?} is no digest: write e.g. sha256: and 64 hexadecimal digits"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_of_every_form_pass() {
        let digest = format!("busybox:1@sha256:{}", "0".repeat(64));
        for image in [
            "busybox",
            "prefecthq/prefect:1.4.1-python3.9",
            "localhost/flow",
            "localhost:5000/team/flow:Latest_1",
            "Registry.Example.com/flow",
            "[2001:db8::1]:5000/flow",
            "a/b__c--d.e_f",
            &digest,
        ] {
            assert_eq!(check(image), Ok(()), "{image}");
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        let wrong = |image: &str| wrong(image).unwrap();
        insta::assert_snapshot!(wrong(""), @"it is empty; leave `image` out for the default");
        insta::assert_snapshot!(wrong("my image"), @"it holds white space; take that out");
        insta::assert_snapshot!(wrong("https://host/flow"), @"it begins with a scheme; write host/path, without `https://` or `docker://`");
        insta::assert_snapshot!(wrong("Flow"), @r#""Flow" has upper-case letters; its path is written in lower case"#);
        insta::assert_snapshot!(wrong("team/flow:"), @"the tag after `:` is empty; write one, or take out the colon");
        insta::assert_snapshot!(wrong("team//flow"), @"a part between slashes is empty");
        insta::assert_snapshot!(wrong("a..b"), @r#""a..b" must begin and end with a letter or digit, and have one separator at a time"#);
        insta::assert_snapshot!(wrong("flöw"), @r#""flöw" holds 'ö'; letters, digits, `.`, `_` and `-` are allowed"#);
        insta::assert_snapshot!(wrong("host:http/flow"), @r#"the port of "host:http" is no number"#);
        insta::assert_snapshot!(wrong("-host.example/flow"), @r#""-host.example" is no host name"#);
        insta::assert_snapshot!(wrong("flow:-1"), @r#""-1" is no tag: at most 128 letters, digits, `_`, `.` and `-`, not beginning with `.` or `-`"#);
        insta::assert_snapshot!(wrong("flow@sha256:12"), @r#""sha256:12" is no digest: write e.g. sha256: and 64 hexadecimal digits"#);
    }
}
