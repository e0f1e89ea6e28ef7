//! What is wrong with a `DockerRun`: its ports, and its host config in docker-py's words.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::Finding;
use crate::docker::{engine_host_config, known_options};
use crate::nearest::{did_you_mean, nearest};
use crate::run_config::DockerRun;

/// Adds what is wrong.
pub(super) fn check(run: &DockerRun, findings: &mut Vec<Finding>) {
    check_ports(run.ports.as_deref().unwrap_or_default(), findings);
    if let Some(host_config) = &run.host_config {
        check_host_config(host_config, findings);
    }
}

fn check_ports(ports: &[i64], findings: &mut Vec<Finding>) {
    let mut seen = BTreeSet::new();
    let mut repeated = BTreeSet::new();
    for &port in ports {
        if !seen.insert(port) {
            repeated.insert(port);
        } else if !(1..=65535).contains(&port) {
            findings.push(Finding::error("ports", format!("{port} is no port: ports go from 1 to 65535")));
        }
    }
    let repeated = repeated.into_iter();
    findings
        .extend(repeated.map(|port| Finding::warning("ports", format!("{port} is given twice: keep one"))));
}

fn check_host_config(host_config: &Map<String, Value>, findings: &mut Vec<Finding>) {
    let (known, unknown): (Vec<_>, Vec<_>) =
        host_config.iter().partition(|(option, _)| known_options().any(|known| known == option.as_str()));
    for (option, _) in unknown {
        let meant = did_you_mean(&nearest(option, known_options()));
        let message =
            format!("docker-py knows no such option{meant}: use a name that its `HostConfig` takes");
        findings.push(Finding::error(format!("host_config.{option}"), message));
    }
    let known = known.into_iter().map(|(option, value)| (option.clone(), value.clone())).collect();
    if let Err(error) = engine_host_config(&known) {
        findings.push(Finding::error("host_config", error.to_string()));
    }
}
