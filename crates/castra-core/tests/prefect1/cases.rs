//! Runs `tests/prefect1/run_configs/cases.py` and holds its answers. Which Python has prefect says the environment
//! variable `CASTRA_PREFECT1_PYTHON`.

use std::collections::HashMap;
use std::io;
use std::process::Command;

use castra_core::run_config::Surroundings;
use castra_core::version::VERSION_FIELD;
use serde::Deserialize;
use serde_json::Value;

const PYTHON: &str = "CASTRA_PREFECT1_PYTHON";
const SEED: &str = "20261124";

/// What prefect answered: a value, or a refusal with its message.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Outcome {
    Value(Value),
    Error(String),
}

impl Outcome {
    /// The value without the version of the software that wrote it.
    pub(crate) fn value(self) -> Option<Value> {
        match self {
            Self::Error(_) => None,
            Self::Value(Value::Object(mut fields)) => {
                fields.remove(VERSION_FIELD);
                Some(Value::Object(fields))
            }
            Self::Value(value) => Some(value),
        }
    }
}

/// The machine that the cases play on.
#[derive(Deserialize)]
pub(crate) struct Machine {
    directory: String,
    files: HashMap<String, String>,
}

impl Machine {
    fn read(&self, path: &str) -> io::Result<String> {
        let name = path.strip_prefix(&self.directory).and_then(|rest| rest.strip_prefix('/'));
        name.and_then(|name| self.files.get(name)).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// Gives `ask` the surroundings that prefect had.
    pub(crate) fn with_surroundings<T>(&self, ask: impl FnOnce(&Surroundings<'_>) -> T) -> T {
        let read_file = |path: &str| self.read(path);
        ask(&Surroundings { current_directory: &self.directory, read_file: &read_file })
    }
}

/// Judges `count` cases of a subject; `judge` returns what differs. Fails with the first differences in full.
pub(crate) fn compare<Case: for<'de> Deserialize<'de>>(
    subject: &str,
    count: usize,
    judge: impl Fn(&Machine, Case) -> Result<(), String>,
) {
    let Some(python) = std::env::var_os(PYTHON) else {
        eprintln!(
            "LEFT OUT: {subject} is not compared with prefect 1.4.1. Set {PYTHON} to a Python that has it; \
             `cargo xtask test` makes one."
        );
        return;
    };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/prefect1/run_configs/cases.py");
    let output = Command::new(python)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .args([script, subject, SEED, &count.to_string()])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let answers = String::from_utf8(output.stdout).unwrap();
    let (machine, cases) = answers.split_once('\n').unwrap();
    let machine: Machine = serde_json::from_str(machine).unwrap();
    let cases: Vec<&str> = cases.lines().collect();
    assert_eq!(cases.len(), count);

    let differences: Vec<String> = cases
        .iter()
        .filter_map(|case| {
            let difference = judge(&machine, serde_json::from_str(case).unwrap()).err()?;
            Some(format!("{difference}\n  in {case}"))
        })
        .collect();
    println!("{subject}: {count} cases compared with prefect 1.4.1, {} differ", differences.len());
    let shown = &differences[..differences.len().min(20)];
    assert!(differences.is_empty(), "{} of {count} differ:\n{}", differences.len(), shown.join("\n"));
}

/// Compares two answers to one question; `stricter` names the rule by which Castra may refuse what prefect takes.
pub(crate) fn same<E: std::fmt::Display>(
    prefect: Outcome,
    castra: Result<Value, E>,
    stricter: Option<&str>,
) -> Result<(), String> {
    match (prefect, castra) {
        (Outcome::Error(_), Err(_)) => Ok(()),
        (Outcome::Error(error), Ok(value)) => Err(format!("prefect refuses ({error}), castra says {value}")),
        (Outcome::Value(_), Err(_)) if stricter.is_some() => Ok(()),
        (value, Err(error)) => {
            Err(format!("castra refuses ({error}), prefect says {}", value.value().unwrap_or_default()))
        }
        (prefect, Ok(castra)) => {
            let prefect = prefect.value().unwrap_or_default();
            let castra = Outcome::Value(castra).value().unwrap_or_default();
            match (stricter, prefect == castra) {
                (None, true) => Ok(()),
                (Some(rule), _) => Err(format!("castra takes what it should refuse: {rule}")),
                (None, false) => Err(format!("prefect says {prefect}\n  castra says {castra}")),
            }
        }
    }
}
