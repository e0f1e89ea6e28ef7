//! Options of the local agent.

use std::time::Duration;

/// How the local agent launches (prefect 1.4.1 `LocalAgent.__init__`).
#[derive(Clone, Debug)]
pub struct LocalConfig {
    /// Directories that Prefect flow runs can import from besides.
    pub import_paths: Vec<String>,
    /// The Python that runs Prefect flows; an absolute path.
    pub python: String,
    /// Whether the agent shows what flow runs print.
    pub show_flow_logs: bool,
    /// How long a process may take to end after SIGTERM before it gets SIGKILL.
    pub stop_grace: Duration,
}

impl LocalConfig {
    /// How long a process is given by default, as Docker does.
    pub const STOP_GRACE: Duration = Duration::from_secs(10);

    /// The defaults, with this Python.
    pub fn new(python: impl Into<String>) -> Self {
        Self {
            import_paths: Vec::new(),
            python: python.into(),
            show_flow_logs: false,
            stop_grace: Self::STOP_GRACE,
        }
    }
}

/// The labels of a local agent: its own, and the name of its machine unless that is among them, because flows that are
/// stored on a machine's disk carry it (prefect 1.4.1 `LocalAgent.__init__`).
pub fn labels_with_hostname(mut labels: Vec<String>, hostname: &str) -> Vec<String> {
    if !labels.iter().any(|label| label == hostname) {
        labels.push(hostname.to_owned());
    }
    labels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hostname_is_a_label_once() {
        let labels = |own: &[&str]| labels_with_hostname(own.iter().map(|&l| l.to_owned()).collect(), "host");
        assert_eq!(labels(&["dev"]), ["dev", "host"]);
        assert_eq!(labels(&["host", "dev"]), ["host", "dev"]);
    }
}
