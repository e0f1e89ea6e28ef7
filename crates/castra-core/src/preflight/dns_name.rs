//! Names of Kubernetes objects: DNS subdomains (RFC 1123, as Kubernetes' `IsDNS1123Subdomain` reads it).

const LONGEST: usize = 253;

/// Checks the name of a service account or secret.
///
/// # Errors
/// What is wrong with it.
pub(super) fn check(name: &str) -> Result<(), String> {
    if name.len() > LONGEST {
        return Err(format!("the name has {} letters: Kubernetes takes at most {LONGEST}", name.len()));
    }
    if name.split('.').all(is_label) {
        return Ok(());
    }
    Err(format!(
        "{name:?} cannot name a Kubernetes object: a name consists of lower-case letters, digits, `-` and `.`, and \
         begins and ends with a letter or digit, also around each `.`"
    ))
}

fn is_label(label: &str) -> bool {
    let alphanumeric = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = label.as_bytes();
    bytes.first().is_some_and(alphanumeric)
        && bytes.last().is_some_and(alphanumeric)
        && bytes.iter().all(|byte| alphanumeric(byte) || *byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_dns_subdomains() {
        for name in ["default", "registry-key", "a.b-1", "0"] {
            assert_eq!(check(name), Ok(()), "{name}");
        }
        for name in ["", "Default", "-a", "a-", "a..b", "a_b", "ä", &"a".repeat(254)] {
            assert!(check(name).is_err(), "{name}");
        }
    }
}
