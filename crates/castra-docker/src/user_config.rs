//! The user's Docker config: what `docker login` and `docker context` have written down (`~/.docker` or `DOCKER_CONFIG`).

use std::collections::BTreeMap;
use std::env;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// What of `config.json` is used.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct UserConfig {
    /// Credentials by registry.
    pub(crate) auths: BTreeMap<String, StoredCredentials>,
    /// The helper that keeps all other credentials: `docker-credential-<name>`.
    pub(crate) creds_store: Option<String>,
    /// Helpers by registry.
    pub(crate) cred_helpers: BTreeMap<String, String>,
    /// The context that is in use.
    current_context: Option<String>,
}

/// Credentials as they stand in the file.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct StoredCredentials {
    /// `user:password` in base64.
    pub(crate) auth: Option<String>,
    /// The name alone.
    pub(crate) username: Option<String>,
    /// The password alone.
    pub(crate) password: Option<String>,
    /// A token that stands for both.
    #[serde(rename = "identitytoken")]
    pub(crate) identity_token: Option<String>,
}

impl std::fmt::Debug for StoredCredentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StoredCredentials")
    }
}

/// A context's `meta.json`, as far as it is used.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Context {
    name: String,
    endpoints: BTreeMap<String, Endpoint>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Endpoint {
    host: Option<String>,
}

/// The directory that the `docker` command would use.
pub(crate) fn directory() -> Option<PathBuf> {
    let named = env::var_os("DOCKER_CONFIG").filter(|path| !path.is_empty()).map(PathBuf::from);
    named.or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".docker")))
}

impl UserConfig {
    /// Reads `config.json`; without one, everything is at its default.
    ///
    /// # Errors
    /// In words: it cannot be read.
    pub(crate) fn read(directory: &Path) -> Result<Self, String> {
        let path = directory.join("config.json");
        let cannot = |error: &dyn std::fmt::Display| format!("cannot read {}: {error}", path.display());
        match std::fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text).map_err(|error| cannot(&error)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(cannot(&error)),
        }
    }

    /// The context that is in use; `DOCKER_CONTEXT` beats the file. `default` is none.
    pub(crate) fn context(&self) -> Option<String> {
        let named = env::var("DOCKER_CONTEXT").ok().filter(|name| !name.is_empty());
        named.or_else(|| self.current_context.clone()).filter(|name| name != "default" && !name.is_empty())
    }
}

/// The engine's address in a context.
///
/// # Errors
/// In words: there is no such context, or it names no address.
pub(crate) fn host_of_context(directory: &Path, name: &str) -> Result<String, String> {
    let folder = directory.join("contexts/meta");
    // The folders inside are named by a digest of the context's name; the name itself stands in the file.
    let files = std::fs::read_dir(&folder).into_iter().flatten().flatten();
    let contexts = files.filter_map(|entry| {
        serde_json::from_slice::<Context>(&std::fs::read(entry.path().join("meta.json")).ok()?).ok()
    });
    let context = contexts.into_iter().find(|context| context.name == name).ok_or_else(|| {
        format!("there is no Docker context `{name}` in {}: see `docker context ls`", folder.display())
    })?;
    let host = context.endpoints.get("docker").and_then(|endpoint| endpoint.host.clone());
    host.ok_or_else(|| format!("the Docker context `{name}` names no engine: see `docker context inspect`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_file_is_no_config_and_a_bad_one_says_where_it_is() {
        let folder = tempfile::tempdir().unwrap();
        assert!(UserConfig::read(folder.path()).unwrap().auths.is_empty());
        std::fs::write(folder.path().join("config.json"), "{").unwrap();
        let words = UserConfig::read(folder.path()).unwrap_err();
        let words = words.replace(folder.path().to_str().unwrap(), "FOLDER");
        insta::assert_snapshot!(words, @"cannot read FOLDER/config.json: EOF while parsing an object at line 1 column 1");
    }

    #[test]
    fn a_context_names_an_engine() {
        let folder = tempfile::tempdir().unwrap();
        let meta = folder.path().join("contexts/meta/12ab");
        std::fs::create_dir_all(&meta).unwrap();
        let text = r#"{"Name":"rootless","Metadata":{},"Endpoints":{"docker":{"Host":"unix:///run/user/1000/docker.sock","SkipTLSVerify":false}}}"#;
        std::fs::write(meta.join("meta.json"), text).unwrap();
        let host = |name| host_of_context(folder.path(), name);
        assert_eq!(host("rootless").unwrap(), "unix:///run/user/1000/docker.sock");
        let words = host("other").unwrap_err().replace(folder.path().to_str().unwrap(), "FOLDER");
        insta::assert_snapshot!(words, @"there is no Docker context `other` in FOLDER/contexts/meta: see `docker context ls`");
    }
}
