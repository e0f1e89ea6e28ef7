//! What kind of failure a target's words about an image mean. Pure. The words are those of the container runtime and of the
//! registry, passed on as they are, so nothing but words can be looked at.

use castra_core::cause::PullFailure;

/// What stands for what, the first match wins: a registry that hides an image from strangers says both that access is
/// denied and that it may not exist, which is [`PullFailure::NotFound`] by that word's meaning.
const WORDS: [(PullFailure, &[&str]); 3] = [
    (
        PullFailure::RateLimited,
        &["toomanyrequests", "too many requests", "rate limit", "status: 429", " 429 "],
    ),
    (
        PullFailure::NotFound,
        &[
            "may require",
            "manifest unknown",
            "not found",
            "does not exist",
            "name unknown",
            "status: 404",
            " 404 ",
        ],
    ),
    (
        PullFailure::Unauthorized,
        &[
            "unauthorized",
            "authentication required",
            "no basic auth",
            "denied",
            "forbidden",
            "not authorized",
            "status: 401",
            "status: 403",
        ],
    ),
];

/// What kind of failure these words are about.
pub(crate) fn pull_failure(words: &str) -> PullFailure {
    let words = words.to_lowercase();
    let found = WORDS.iter().find(|(_, signs)| signs.iter().any(|sign| words.contains(sign)));
    found.map_or(PullFailure::Other, |&(failure, _)| failure)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_runtimes_words_have_a_kind() {
        let docker = |words: &str| {
            pull_failure(&format!("rpc error: code = Unknown desc = Error response from daemon: {words}"))
        };
        assert_eq!(
            docker(
                "pull access denied for a/b, repository does not exist or may require 'docker login': denied: requested access to the resource is denied"
            ),
            PullFailure::NotFound
        );
        assert_eq!(
            docker("manifest for a/b:1 not found: manifest unknown: manifest unknown"),
            PullFailure::NotFound
        );
        assert_eq!(
            docker("Head \"https://r.test/v2/a/manifests/1\": unauthorized: authentication required"),
            PullFailure::Unauthorized
        );
        assert_eq!(
            docker(
                "toomanyrequests: You have reached your pull rate limit. You may increase the limit by authenticating and upgrading"
            ),
            PullFailure::RateLimited
        );
        assert_eq!(
            docker("Get \"https://r.test/v2/\": dial tcp: lookup r.test: no such host"),
            PullFailure::Other
        );
        let containerd = "failed to pull and unpack image \"r.test/a:1\": failed to resolve reference \"r.test/a:1\": pulling from host r.test failed with status code [manifests 1]: 403 Forbidden";
        assert_eq!(pull_failure(containerd), PullFailure::Unauthorized);
    }
}
