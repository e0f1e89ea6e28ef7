//! The container's name: the run's, as far as Docker takes it (prefect 1.4.1 `DockerAgent.deploy_flow`, which asks
//! python-slugify with text-unidecode).

use uuid::Uuid;

use crate::slug::slug_with;

/// Docker sets no limit; addresses have one.
const MAX_LENGTH: usize = 250;

/// The name of the container of a run: its own in ASCII, without what Docker does not take, or else its id.
pub(super) fn container_name(flow_run_name: Option<&str>, flow_run_id: Uuid) -> String {
    // `slugify(name, lowercase=False, max_length=250, regex_pattern=r"[^a-zA-Z0-9_.-]+")`
    let slug = slug_with(flow_run_name.unwrap_or_default(), &['_', '.']);
    let slug = slug[..slug.len().min(MAX_LENGTH)].trim_matches('-');
    // Docker wants a letter or a digit first.
    match slug.trim_start_matches(['_', '-', '.']) {
        "" => flow_run_id.to_string(),
        name => name.to_owned(),
    }
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
