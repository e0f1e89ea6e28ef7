//! What is wrong with an `ECSRun`: its CPU and memory, its task definition, and arguments of RunTask that the agent sets
//! itself. What excludes each other does so already where it is read.

use serde_json::Value;

use super::{Finding, Severity, fargate};
use crate::field::shortened;
use crate::run_config::EcsRun;

/// Whether the task runs on Fargate, as far as the run config says it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum OnFargate {
    Yes,
    No,
    /// The agent decides, and takes Fargate unless it was told otherwise.
    Probably,
}

/// Adds what is wrong.
pub(super) fn check(run: &EcsRun, findings: &mut Vec<Finding>) {
    check_task_definition(run, findings);
    check_run_task(run, findings);
    let cpu = size(run, "cpu", run.cpu.as_deref(), units, findings);
    let memory = size(run, "memory", run.memory.as_deref(), mebibytes, findings);
    check_pair(run, cpu, memory, findings);
}

fn check_task_definition(run: &EcsRun, findings: &mut Vec<Finding>) {
    if let Some(definition) = run.task_definition.as_ref().filter(|definition| !definition.is_object()) {
        let message = format!("a task definition is an object, not {}", shortened(definition));
        findings.push(Finding::error("task_definition", message));
    }
}

fn check_run_task(run: &EcsRun, findings: &mut Vec<Finding>) {
    let argument = |name: &str| run.run_task_kwargs.as_ref()?.get(name).filter(|value| !value.is_null());
    let mut error = |name: &str, message: &str| {
        findings.push(Finding::error(format!("run_task_kwargs.{name}"), message));
    };
    if argument("taskDefinition").is_some() {
        error("taskDefinition", "the agent sets it: name the task definition with `task_definition_arn`");
    }
    if argument("count").is_some_and(|count| *count != 1) {
        error("count", "a flow run is one task: leave it out");
    }
    if argument("launchType").is_some() && argument("capacityProviderStrategy").is_some() {
        error("launchType", "AWS takes it or `capacityProviderStrategy`, not both: keep one");
    }
}

/// The task's CPU or memory: the run config's, else RunTask's, else the task definition's.
fn size(
    run: &EcsRun,
    name: &str,
    own: Option<&str>,
    parse: fn(&str) -> Result<u32, String>,
    findings: &mut Vec<Finding>,
) -> Option<u32> {
    let overridden =
        run.run_task_kwargs.as_ref().and_then(|kwargs| kwargs.pointer(&format!("/overrides/{name}")));
    let defined = run.task_definition.as_ref().and_then(|definition| definition.get(name));
    let own = own.filter(|text| !text.is_empty()).map(|text| (name.to_owned(), text.to_owned()));
    let other = |field: &str, value: Option<&Value>| Some((format!("{field}.{name}"), text(value?)?));
    let (field, text) = own
        .or_else(|| other("run_task_kwargs.overrides", overridden))
        .or_else(|| other("task_definition", defined))?;
    match parse(&text) {
        Ok(size) => Some(size),
        Err(reason) => {
            findings.push(Finding::error(field, reason));
            None
        }
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// CPU in units of 1/1024 vCPU.
fn units(text: &str) -> Result<u32, String> {
    in_units(text, "vcpu").ok_or_else(|| {
        format!(r#"{text:?} is no amount of CPU: write units of 1/1024 vCPU, e.g. "1024", or vCPUs, e.g. "1 vcpu""#)
    })
}

/// Memory in MiB.
fn mebibytes(text: &str) -> Result<u32, String> {
    in_units(text, "gb").ok_or_else(|| {
        format!(r#"{text:?} is no amount of memory: write MiB, e.g. "2048", or GB, e.g. "2 GB""#)
    })
}

/// A whole number, or any number of a unit that is 1024 of them.
fn in_units(text: &str, unit: &str) -> Option<u32> {
    let text = text.trim().to_ascii_lowercase();
    let Some(number) = text.strip_suffix(unit) else { return text.parse().ok() };
    let number: f64 = number.trim().parse().ok()?;
    let units = number * 1024.0;
    // No size of AWS' is larger.
    ((0.0..1e9).contains(&units) && units.fract() == 0.0).then_some(units as u32)
}

fn check_pair(run: &EcsRun, cpu: Option<u32>, memory: Option<u32>, findings: &mut Vec<Finding>) {
    let severity = match on_fargate(run) {
        OnFargate::Yes => Severity::Error,
        OnFargate::Probably => Severity::Warning,
        OnFargate::No => return,
    };
    if (cpu, memory) == (None, None) || fargate::has(cpu, memory) {
        return;
    }
    let asked = [cpu.map(|cpu| format!("{cpu} CPU units")), memory.map(|memory| format!("{memory} MiB"))];
    let asked: Vec<_> = asked.into_iter().flatten().collect();
    let near = fargate::nearest(cpu, memory);
    let message = format!(
        "Fargate has no tasks with {}: the nearest has {} CPU units and {} MiB",
        asked.join(" and "),
        near.cpu,
        near.memory
    );
    let field = if cpu.is_some() { "cpu" } else { "memory" };
    findings.push(Finding { field: field.to_owned(), severity, message });
}

fn on_fargate(run: &EcsRun) -> OnFargate {
    let argument = |name: &str| run.run_task_kwargs.as_ref()?.get(name);
    if let Some(launch_type) = argument("launchType").and_then(Value::as_str) {
        return if launch_type == "FARGATE" { OnFargate::Yes } else { OnFargate::No };
    }
    if let Some(providers) = argument("capacityProviderStrategy").and_then(Value::as_array) {
        let is_fargate = |provider: &Value| {
            provider["capacityProvider"].as_str().is_some_and(|name| name.starts_with("FARGATE"))
        };
        return if providers.iter().any(is_fargate) { OnFargate::Yes } else { OnFargate::No };
    }
    let compatibilities =
        run.task_definition.as_ref().and_then(|it| it["requiresCompatibilities"].as_array());
    match compatibilities {
        Some(kinds) if kinds.iter().any(|kind| kind == "FARGATE") => OnFargate::Yes,
        Some(kinds) if !kinds.is_empty() => OnFargate::No,
        _ => OnFargate::Probably,
    }
}
