//! The Kubernetes cluster that tests use, by means of `kubectl`, as people do: the one that `KUBECONFIG` leads to.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::eventually;

/// A namespace of one test. It goes with this value, and all that is in it.
pub(crate) struct Namespace(pub(crate) String);

impl Namespace {
    /// A new one; `None`, and a word about it, if no cluster answers.
    pub(crate) async fn create() -> Option<Self> {
        if std::env::var_os("KUBECONFIG").is_none() || kubectl(&["get", "--raw", "/readyz"]).is_err() {
            println!(
                "LEFT OUT: no Kubernetes cluster answers (KUBECONFIG names one), or there is no kubectl"
            );
            return None;
        }
        let name = format!("castra-test-{}", uuid::Uuid::new_v4().simple());
        kubectl(&["create", "namespace", &name]).unwrap();
        let namespace = Self(name);
        // Pods cannot be created before their service account is.
        eventually("a service account", async || {
            namespace.kubectl(&["get", "serviceaccount", "default"]).map_err(Value::from)
        })
        .await;
        Some(namespace)
    }

    /// What `kubectl` prints in this namespace.
    ///
    /// # Errors
    /// What it complains about.
    pub(crate) fn kubectl(&self, arguments: &[&str]) -> Result<String, String> {
        kubectl(&[&["--namespace", &self.0], arguments].concat())
    }

    /// What objects of a kind there are, as many as have this label.
    pub(crate) fn list(&self, kind: &str, label: &str) -> Vec<Value> {
        let printed = self.kubectl(&["get", kind, "--selector", label, "--output", "json"]).unwrap();
        let mut listed: Value = serde_json::from_str(&printed).unwrap();
        listed["items"].as_array_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Has `kubectl` do something (`apply`, `delete`) with objects in YAML.
    pub(crate) fn have(&self, done: &str, manifests: &str) -> String {
        let mut command = Command::new("kubectl");
        command.args([done, "--filename", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut kubectl = command.stderr(Stdio::piped()).spawn().unwrap();
        kubectl.stdin.take().unwrap().write_all(manifests.as_bytes()).unwrap();
        let output = kubectl.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{:?}", self.kubectl(&["get", "all,events", "--output", "wide"]));
        }
        // Whatever is left of it is nobody's.
        let _ = kubectl(&["delete", "namespace", &self.0, "--wait=false"]);
    }
}

/// Where the API server is for pods, whether or not the cluster has a way from them to its service.
pub(crate) fn api_server() -> (String, String) {
    let endpoints =
        kubectl(&["get", "endpoints", "kubernetes", "--namespace", "default", "--output", "json"]);
    let endpoints: Value = serde_json::from_str(&endpoints.unwrap()).unwrap();
    let endpoint = &endpoints["subsets"][0];
    let host = endpoint["addresses"][0]["ip"].as_str().unwrap().to_owned();
    (host, endpoint["ports"][0]["port"].to_string())
}

fn kubectl(arguments: &[&str]) -> Result<String, String> {
    let output = Command::new("kubectl").args(arguments).output().map_err(|error| error.to_string())?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned()),
        false => Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
    }
}
