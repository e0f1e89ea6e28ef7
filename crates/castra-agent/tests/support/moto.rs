//! moto's server, which stands for AWS. Which Python has it says the environment variable `CASTRA_CLOUDS_PYTHON`.

use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

const PYTHON: &str = "CASTRA_CLOUDS_PYTHON";

/// The Python with the clouds' stand-ins in it; `None`, and a word about what is left out, if this machine has none.
pub(crate) fn clouds_python(left_out: &str) -> Option<OsString> {
    let python = std::env::var_os(PYTHON);
    if python.is_none() {
        eprintln!(
            "LEFT OUT: {left_out}. Set {PYTHON} to a Python that has tests/clouds/requirements.txt; `cargo xtask test` \
             makes one."
        );
    }
    python
}

/// A server of its own; ends with the test.
pub(crate) struct Moto {
    process: Child,
    pub(crate) endpoint: String,
}

impl Drop for Moto {
    fn drop(&mut self) {
        // It ends what it has started.
        let pid = i32::try_from(self.process.id()).unwrap();
        let _ = nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), nix::sys::signal::Signal::SIGTERM);
        let _ = self.process.wait();
    }
}

impl Moto {
    /// `None`, and a word about what is left out, if this machine has none.
    pub(crate) fn start(left_out: &str) -> Option<Self> {
        Self::start_with(left_out, &["-m", "moto.server", "--host", "127.0.0.1", "--port", "0"])
    }

    /// The same with what stands before it, see `tests/clouds`.
    pub(crate) fn start_with(left_out: &str, arguments: &[&str]) -> Option<Self> {
        let mut process = Command::new(clouds_python(left_out)?)
            .args(arguments)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let endpoint = lines
            .by_ref()
            .find_map(|line| Some(line.unwrap().split_once("Running on ")?.1.trim().to_owned()))
            .unwrap();
        // Somebody has to read what it prints, or it would stop at a full pipe.
        std::thread::spawn(move || lines.for_each(drop));
        Some(Self { process, endpoint })
    }

    /// What an agent's environment has to say so that it asks this server.
    pub(crate) fn variables(&self) -> Vec<(String, String)> {
        let variables = [
            ("AWS_ENDPOINT_URL", self.endpoint.as_str()),
            ("AWS_ACCESS_KEY_ID", "key"),
            ("AWS_SECRET_ACCESS_KEY", "s3cr3t"),
            ("AWS_DEFAULT_REGION", "us-east-1"),
        ];
        variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
    }

    /// Puts an object into S3, or makes a bucket.
    pub(crate) async fn put(&self, path: &str, body: impl Into<reqwest::Body>) {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let request = reqwest::Client::new().put(format!("{}{path}", self.endpoint)).body(body);
        // moto looks at no signature, only for one.
        let signed = request
            .header("authorization", "AWS4-HMAC-SHA256 Credential=key/20260101/us-east-1/s3/aws4_request");
        assert!(signed.send().await.unwrap().status().is_success());
    }
}
