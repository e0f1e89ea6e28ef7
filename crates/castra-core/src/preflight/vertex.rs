//! What is probably wrong with a `VertexRun`. Google has the last word and adds fields all the time, so that only what it must
//! refuse is an error.

use serde_json::{Map, Value};

use super::Finding;
use crate::field::shortened;
use crate::run_config::VertexRun;
use crate::vertex::{field, pool_without_container};

/// Adds what is wrong.
pub(super) fn check(run: &VertexRun, findings: &mut Vec<Finding>) {
    check_pools(run, findings);
    if let Some(scheduling) = &run.scheduling {
        check_duration(scheduling, ["timeout", "timeout"], findings);
        check_duration(scheduling, ["max_wait_duration", "maxWaitDuration"], findings);
    }
    if let Some(account) = run.service_account.as_deref().filter(|account| !account.is_empty())
        && !is_account(account)
    {
        let message = format!(
            "{account:?} does not look like a service account: it is known by its address, e.g. \
             my-account@my-project.iam.gserviceaccount.com"
        );
        findings.push(Finding::warning("service_account", message));
    }
    if let Some(network) = run.network.as_deref().filter(|network| !network.is_empty())
        && !network.contains('/')
    {
        let message = format!(
            "Vertex AI knows a network by its full name, with the number of its project: projects/12345/global/networks/{network}"
        );
        findings.push(Finding::warning("network", message));
    }
}

fn check_pools(run: &VertexRun, findings: &mut Vec<Finding>) {
    let Some(pools) = &run.worker_pool_specs else { return };
    if pools.is_empty() {
        let message =
            "there is no pool for the flow: leave it out, or describe the pool that the flow runs in";
        findings.push(Finding::error("worker_pool_specs", message));
    }
    if let Some(missing) = pool_without_container(pools) {
        findings.push(Finding::error(format!("worker_pool_specs[{}]", missing.number), missing.to_string()));
    }
    if let Some(Value::Object(first)) = pools.first() {
        check_first_pool(first, findings);
    }
    for (number, pool) in pools.iter().enumerate().skip(1) {
        check_image(number, pool, findings);
    }
}

/// The flow runs in one container.
fn check_first_pool(pool: &Map<String, Value>, findings: &mut Vec<Finding>) {
    let mut warn = |field: &str, message: &str| {
        findings.push(Finding::warning(format!("worker_pool_specs[0].{field}"), message));
    };
    if field(pool, ["container_spec", "containerSpec"]).is_some_and(|spec| !spec.is_null()) {
        warn(
            "container_spec",
            "the agent puts the flow's container here: give an image with `image`, variables with `env`",
        );
    }
    if field(pool, ["python_package_spec", "pythonPackageSpec"]).is_some_and(|spec| !spec.is_null()) {
        warn(
            "python_package_spec",
            "the first pool runs the flow's container, and Vertex AI takes one of both only",
        );
    }
    if pool.contains_key("containerSpec") {
        warn(
            "containerSpec",
            "the agent sets `container_spec`, and Vertex AI refuses the same field twice: remove it",
        );
    }
}

/// What the page of run configs writes is sent under Google's name.
fn check_image(number: usize, pool: &Value, findings: &mut Vec<Finding>) {
    let Some(Value::Object(container)) =
        pool.as_object().and_then(|pool| field(pool, ["container_spec", "containerSpec"]))
    else {
        return;
    };
    if container.contains_key("image") && field(container, ["image_uri", "imageUri"]).is_none() {
        let message = "Google's name for it is `image_uri`, under which it is sent";
        findings.push(Finding::warning(format!("worker_pool_specs[{number}].container_spec.image"), message));
    }
}

/// A duration in Google's JSON is text: seconds, with an `s` behind.
fn check_duration(scheduling: &Map<String, Value>, names: [&str; 2], findings: &mut Vec<Finding>) {
    let Some(value) = field(scheduling, names).filter(|value| !value.is_null()) else { return };
    if !value.as_str().is_some_and(is_duration) {
        let message = format!(
            "{} is no duration of Google's: write seconds with an `s` behind, e.g. 3600s",
            shortened(value)
        );
        findings.push(Finding::error(format!("scheduling.{}", names[0]), message));
    }
}

fn is_duration(text: &str) -> bool {
    let number = text.strip_suffix('s').map(|number| number.strip_prefix('-').unwrap_or(number));
    number.is_some_and(|number| {
        let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
        let is_number =
            |digits: &str| !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
        is_number(whole) && is_number(fraction) && fraction.len() <= 9
    })
}

fn is_account(text: &str) -> bool {
    text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'))
}
