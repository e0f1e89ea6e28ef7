//! What is wrong with a `KubernetesRun`: its resources, names and job template.

use super::quantity::Quantity;
use super::{Finding, dns_name, job_template};
use crate::run_config::KubernetesRun;

/// Less memory than this is a forgotten suffix: no process runs in it.
const LEAST_MEMORY_BYTES: i128 = 1024 * 1024;

/// Adds what is wrong.
pub(super) fn check(run: &KubernetesRun, findings: &mut Vec<Finding>) {
    check_resource("cpu", [&run.cpu_request, &run.cpu_limit], findings);
    let [request, limit] = check_resource("memory", [&run.memory_request, &run.memory_limit], findings);
    check_memory("memory_request", &run.memory_request, request, findings);
    check_memory("memory_limit", &run.memory_limit, limit, findings);
    check_name("service_account_name", run.service_account_name.as_deref(), findings);
    for secret in run.image_pull_secrets.iter().flatten() {
        check_name("image_pull_secrets", Some(secret), findings);
    }
    if let Some(template) = &run.job_template {
        job_template::check(template, findings);
    }
}

/// Checks the request and the limit of one resource, and that they fit each other.
fn check_resource(
    resource: &str,
    texts: [&Option<String>; 2],
    findings: &mut Vec<Finding>,
) -> [Option<Quantity>; 2] {
    let [request_text, limit_text] = texts.map(Option::as_deref);
    let request = quantity(&format!("{resource}_request"), request_text, findings);
    let limit_field = format!("{resource}_limit");
    let limit = quantity(&limit_field, limit_text, findings);
    if let (Some(least), Some(most)) = (request, limit)
        && most.is_less_than(least)
    {
        let (limit, request) = (limit_text.unwrap_or_default(), request_text.unwrap_or_default());
        let message = format!(
            "the limit {limit} is less than the request {request}, which Kubernetes refuses: raise the limit or lower \
             {resource}_request"
        );
        findings.push(Finding::error(limit_field, message));
    }
    [request, limit]
}

fn quantity(field: &str, text: Option<&str>, findings: &mut Vec<Finding>) -> Option<Quantity> {
    let text = text?;
    let quantity = Quantity::parse(text);
    let reason = match quantity {
        Ok(quantity) if quantity.is_negative() => format!("{text} is less than nothing: give 0 or more"),
        Ok(quantity) => return Some(quantity),
        Err(reason) => reason,
    };
    findings.push(Finding::error(field, reason));
    None
}

fn check_memory(field: &str, text: &Option<String>, quantity: Option<Quantity>, findings: &mut Vec<Finding>) {
    if quantity.is_some_and(|quantity| quantity.is_some_below(LEAST_MEMORY_BYTES)) {
        let text = text.as_deref().unwrap_or_default();
        let message = format!(
            "{text} is less than 1 MiB, too little for any process: memory is in bytes, write e.g. 2Gi"
        );
        findings.push(Finding::warning(field, message));
    }
}

fn check_name(field: &str, name: Option<&str>, findings: &mut Vec<Finding>) {
    if let Some(Err(reason)) = name.map(dns_name::check) {
        findings.push(Finding::error(field, reason));
    }
}
