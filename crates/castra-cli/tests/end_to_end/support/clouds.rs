//! What stands for AWS and for Google (`tests/clouds`), one for each test: an agent is led to it by its environment. Which Python
//! it needs says the environment variable `CASTRA_CLOUDS_PYTHON`.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};

const PYTHON: &str = "CASTRA_CLOUDS_PYTHON";

/// A stand-in. It ends with this value, and all that it runs.
pub(crate) struct Cloud {
    process: Child,
    address: String,
}

impl Cloud {
    /// AWS; `None`, and a word about it, if this machine has no Python for it.
    pub(crate) fn aws() -> Option<Self> {
        Self::start("ecs.py", "Running on ")
    }

    /// Google; `None`, and a word about it, if this machine has no Python for it.
    pub(crate) fn google() -> Option<Self> {
        Self::start("vertex.py", " stands at ")
    }

    fn start(script: &str, before_the_address: &str) -> Option<Self> {
        let Some(python) = std::env::var_os(PYTHON) else {
            println!("LEFT OUT: {PYTHON} names no Python that has tests/clouds/requirements.txt");
            return None;
        };
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/clouds").join(script);
        let mut process = Command::new("sh")
            .args(["-c", r#"exec "$0" "$1" 2>&1"#])
            .args([python.as_os_str(), script.as_os_str()])
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("PYTHONUNBUFFERED", "1")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines().map_while(Result::ok);
        let address = lines
            .by_ref()
            .find_map(|line| Some(line.split_once(before_the_address)?.1.trim().to_owned()))
            .unwrap();
        // Somebody has to read what it prints, or it would stop at a full pipe.
        std::thread::spawn(move || lines.for_each(drop));
        Some(Self { process, address })
    }

    /// What the environment of an agent has to say so that it asks this AWS.
    pub(crate) fn aws_variables(&self) -> [(&'static str, &str); 4] {
        [
            ("AWS_ENDPOINT_URL", &self.address),
            ("AWS_ACCESS_KEY_ID", "key"),
            ("AWS_SECRET_ACCESS_KEY", "s3cr3t"),
            ("AWS_REGION", "us-east-1"),
        ]
    }

    /// What the environment of an agent has to say so that it asks this Google, with a service account's key in a file.
    pub(crate) fn google_variables<'a>(&'a self, key: &'a Path) -> [(&'static str, &'a str); 3] {
        std::fs::write(key, self.asked("/control/key", None).to_string()).unwrap();
        [
            ("CLOUDSDK_API_ENDPOINT_OVERRIDES_AIPLATFORM", &self.address),
            ("CLOUDSDK_API_ENDPOINT_OVERRIDES_LOGGING", &self.address),
            ("GOOGLE_APPLICATION_CREDENTIALS", key.to_str().unwrap()),
        ]
    }

    /// The tasks of ECS, as DescribeTasks tells them.
    pub(crate) fn tasks(&self) -> Value {
        self.asked("/castra/tasks", Some(json!({})))
    }

    /// The custom jobs of Vertex AI, as Google tells of them.
    pub(crate) fn jobs(&self) -> Value {
        self.asked("/control/jobs", None)
    }

    fn asked(&self, path: &str, given: Option<Value>) -> Value {
        let mut curl = Command::new("curl");
        curl.args(["-sSf", &format!("{}{path}", self.address)]);
        if let Some(given) = given {
            curl.args(["--header", "content-type: application/json", "--data", &given.to_string()]);
        }
        let output = curl.output().unwrap();
        assert!(output.status.success(), "{path}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

impl Drop for Cloud {
    fn drop(&mut self) {
        // It ends what it has started. It may have ended already.
        let _ = kill(Pid::from_raw(self.process.id().cast_signed()), Signal::SIGTERM);
        let _ = self.process.wait();
    }
}
