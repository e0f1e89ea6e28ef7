//! Registry: where an image comes from, and the user's credentials for that place (`docker login`).

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bollard::auth::DockerCredentials;
use serde::Deserialize;

use crate::user_config::{self, StoredCredentials, UserConfig};

/// The registry of images whose name says none, and the key under which its credentials are kept.
const HUB: &str = "docker.io";
const HUB_KEY: &str = "https://index.docker.io/v1/";
/// The name with which a helper says that the secret is an identity token.
const TOKEN: &str = "<token>";

/// An image's name, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reference<'a> {
    /// The repository, with its registry if the name says one.
    pub repository: &'a str,
    /// The tag, or the digest.
    pub tag: &'a str,
}

impl<'a> Reference<'a> {
    /// Takes a name apart as docker-py's `parse_repository_tag` does; the tag is `latest` if there is none.
    pub fn new(image: &'a str) -> Self {
        let by_digest = image.rsplit_once('@');
        let by_tag = || image.rsplit_once(':').filter(|(_, tag)| !tag.contains('/'));
        let (repository, tag) = by_digest.or_else(by_tag).unwrap_or((image, "latest"));
        Self { repository, tag }
    }

    /// The registry: the first part of the repository if that can be a host.
    pub fn registry(self) -> &'a str {
        let first = self.repository.split_once('/').map(|(first, _)| first);
        first.filter(|first| first.contains(['.', ':']) || *first == "localhost").unwrap_or(HUB)
    }
}

/// The user's credentials for a registry, if there are any. Helpers are run.
///
/// # Errors
/// In words: the config or a helper cannot be used.
pub fn credentials(directory: Option<&Path>, registry: &str) -> Result<Option<DockerCredentials>, String> {
    let directory = directory.map(Path::to_path_buf).or_else(user_config::directory);
    let Some(directory) = directory else { return Ok(None) };
    let config = UserConfig::read(&directory)?;
    let key = if registry == HUB { HUB_KEY } else { registry };
    let helper = named(&config.cred_helpers, registry).or(config.creds_store.as_ref());
    let helped = match helper {
        Some(helper) => ask_helper(helper, key)?,
        None => None,
    };
    let credentials = match (helped, named(&config.auths, registry)) {
        (Some(credentials), _) => Some(credentials),
        (None, Some(stored)) => stored_credentials(stored)?,
        (None, None) => None,
    };
    Ok(credentials
        .map(|credentials| DockerCredentials { serveraddress: Some(key.to_owned()), ..credentials }))
}

/// The entry for a registry. Keys are hosts, or addresses of which only the host counts.
fn named<'a, T>(entries: &'a std::collections::BTreeMap<String, T>, registry: &str) -> Option<&'a T> {
    let is_named = |key: &str| match host(key) {
        "index.docker.io" | "registry-1.docker.io" => registry == HUB,
        host => host == registry,
    };
    entries.get(registry).or_else(|| entries.iter().find(|(key, _)| is_named(key)).map(|(_, entry)| entry))
}

fn host(key: &str) -> &str {
    let address = key.split_once("://").map_or(key, |(_, rest)| rest);
    address.split('/').next().unwrap_or(address)
}

/// `docker logout` and helpers leave empty entries behind.
fn stored_credentials(stored: &StoredCredentials) -> Result<Option<DockerCredentials>, String> {
    let filled = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    if let Some(token) = filled(&stored.identity_token) {
        return Ok(Some(DockerCredentials { identitytoken: Some(token), ..DockerCredentials::default() }));
    }
    let pair = match filled(&stored.auth) {
        Some(auth) => {
            Some(decoded(&auth).ok_or("an `auth` in the Docker config is not `user:password` in base64")?)
        }
        None => filled(&stored.username).zip(filled(&stored.password)),
    };
    Ok(pair.map(|(username, password)| DockerCredentials {
        username: Some(username),
        password: Some(password),
        ..DockerCredentials::default()
    }))
}

fn decoded(auth: &str) -> Option<(String, String)> {
    let text = String::from_utf8(STANDARD.decode(auth.trim()).ok()?).ok()?;
    let (username, password) = text.split_once(':')?;
    Some((username.to_owned(), password.trim_end_matches('\0').to_owned()))
}

/// What a helper answers.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Helped {
    username: String,
    secret: String,
}

/// Runs `docker-credential-<helper> get`. Blocks for as long as the helper takes.
fn ask_helper(helper: &str, key: &str) -> Result<Option<DockerCredentials>, String> {
    let program = format!("docker-credential-{helper}");
    let cannot = |error: &dyn std::fmt::Display| format!("the credential helper `{program}`: {error}");
    let mut child = Command::new(&program)
        .arg("get")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| cannot(&error))?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(key.as_bytes()).map_err(|error| cannot(&error))?;
    }
    let output = child.wait_with_output().map_err(|error| cannot(&error))?;
    if !output.status.success() {
        // Helpers say on stdout why not; that there are none is no failure.
        let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        let has_none = said.contains("credentials not found") || said.contains("no credentials server URL");
        return if has_none { Ok(None) } else { Err(cannot(&said)) };
    }
    let Helped { username, secret } =
        serde_json::from_slice(&output.stdout).map_err(|_| cannot(&"its answer cannot be read"))?;
    Ok(Some(match username.as_str() {
        TOKEN => DockerCredentials { identitytoken: Some(secret), ..DockerCredentials::default() },
        _ => DockerCredentials {
            username: Some(username),
            password: Some(secret),
            ..DockerCredentials::default()
        },
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(image: &str) -> (&str, &str, &str) {
        let reference = Reference::new(image);
        (reference.registry(), reference.repository, reference.tag)
    }

    fn user(folder: &Path, registry: &str) -> String {
        match credentials(Some(folder), registry) {
            Ok(Some(found)) => {
                let name = found.username.or(found.identitytoken).unwrap_or_default();
                format!("{name} at {}", found.serveraddress.unwrap_or_default())
            }
            Ok(None) => "nobody".to_owned(),
            Err(reason) => reason,
        }
    }

    fn config(text: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("config.json"), text).unwrap();
        folder
    }

    #[test]
    fn an_image_is_taken_apart() {
        assert_eq!(parts("flow"), ("docker.io", "flow", "latest"));
        assert_eq!(parts("team/flow:1"), ("docker.io", "team/flow", "1"));
        assert_eq!(parts("localhost/flow"), ("localhost", "localhost/flow", "latest"));
        assert_eq!(parts("localhost:5000/flow"), ("localhost:5000", "localhost:5000/flow", "latest"));
        assert_eq!(parts("ghcr.io/a/b:c"), ("ghcr.io", "ghcr.io/a/b", "c"));
        assert_eq!(parts("r.test/a@sha256:12"), ("r.test", "r.test/a", "sha256:12"));
    }

    #[test]
    fn credentials_are_found_by_the_registrys_host() {
        let folder = config(
            r#"{ "auths": {
                "https://index.docker.io/v1/": { "auth": "aHViOnNlY3JldA==" },
                "https://r.test/v2/": { "username": "r", "password": "p" },
                "t.test": { "identitytoken": "token" },
                "empty.test": {},
                "bad.test": { "auth": "???" }
            } }"#,
        );
        let user = |registry| user(folder.path(), registry);
        insta::assert_snapshot!(user("docker.io"), @"hub at https://index.docker.io/v1/");
        insta::assert_snapshot!(user("r.test"), @"r at r.test");
        insta::assert_snapshot!(user("t.test"), @"token at t.test");
        insta::assert_snapshot!(user("empty.test"), @"nobody");
        insta::assert_snapshot!(user("other.test"), @"nobody");
        insta::assert_snapshot!(user("bad.test"), @"an `auth` in the Docker config is not `user:password` in base64");
    }

    #[test]
    fn a_helper_that_is_missing_is_told() {
        let folder = config(r#"{ "credHelpers": { "r.test": "no-such-helper" } }"#);
        insta::assert_snapshot!(user(folder.path(), "r.test"), @"the credential helper `docker-credential-no-such-helper`: No such file or directory (os error 2)");
        insta::assert_snapshot!(user(folder.path(), "other.test"), @"nobody");
    }
}
