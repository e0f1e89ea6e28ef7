//! Flows in the form in which they are registered.

use std::path::Path;

use serde_json::{Value, json};

/// A flow whose runs execute a shell script, which reports nothing to the server: only its agent sees what becomes of it.
pub(crate) fn script(name: &str, script: &str) -> Value {
    executable(name, Path::new("/bin/sh"), &["-c", script, name])
}

/// A flow without tasks in a program.
pub(crate) fn executable(name: &str, program: &Path, arguments: &[&str]) -> Value {
    json!({
        "name": name,
        "type": "prefect.core.flow.Flow",
        "schedule": null,
        "parameters": [],
        "tasks": [],
        "edges": [],
        "reference_tasks": [],
        "environment": null,
        "run_config": {"type": "LocalRun", "labels": [], "env": {}, "working_dir": null},
        "storage": {"type": "Executable", "path": program, "arguments": arguments, "flow": name},
        "__version__": "castra/0.1.0",
    })
}

/// A `LocalRun` without labels that gives the run these variables.
pub(crate) fn local_run(env: Value) -> Value {
    json!({"type": "LocalRun", "labels": [], "env": env, "working_dir": null})
}
