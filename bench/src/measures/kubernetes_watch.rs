//! Watching on Kubernetes: resident memory of an agent that watches many pods of a real API server. No node can take them,
//! so that the cluster has nothing to do but to hold them.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use serde_json::json;

use super::{create_project, create_runs};
use crate::containers::{self, IMAGE, output};
use crate::flows;
use crate::installation::{Installation, block_on};
use crate::statistics::row;

const PODS: usize = 500;
const PATIENCE: Duration = Duration::from_secs(300);

pub(crate) fn print() -> Result<()> {
    let namespace = format!("castra-bench-{}", std::process::id());
    output(Command::new("kubectl").args(["create", "namespace", &namespace]))?;
    let result = measure(&namespace);
    output(Command::new("kubectl").args(["delete", "namespace", &namespace, "--wait=false"]))?;
    result
}

fn measure(namespace: &str) -> Result<()> {
    let installation = Installation::start_on(&containers::host_address()?)?;
    let agent =
        installation.agent_of("kubernetes", &["--namespace", namespace, "--unschedulable-grace", "3600"])?;
    block_on(async {
        let client = installation.client()?;
        create_project(&client).await?;
        let flow = flows::register(&client, flows::no_op()).await?;
        let run_config = json!({
            "type": "KubernetesRun", "image": IMAGE, "labels": [flows::LABEL], "cpu_request": "1000",
        });
        std::thread::sleep(Duration::from_secs(2));
        let idle = agent.resident_mebibytes()?;
        create_runs(&client, flow, PODS, |_| json!({"run_config": run_config})).await?;
        wait_for_pods(namespace)?;
        // What the last pods' news weigh is part of it.
        std::thread::sleep(Duration::from_secs(5));
        let watching = agent.resident_mebibytes()?;
        row(
            &format!("resident memory of a Kubernetes agent: idle, watching {PODS} pods"),
            &format!("{idle:.1}, {watching:.1} MiB"),
        );
        Ok(())
    })
}

fn wait_for_pods(namespace: &str) -> Result<()> {
    let begin = Instant::now();
    let list = ["get", "pods", "--namespace", namespace, "--output", "name"];
    while output(Command::new("kubectl").args(list))?.lines().count() < PODS {
        ensure!(begin.elapsed() < PATIENCE, "the pods were not created");
        std::thread::sleep(Duration::from_secs(1));
    }
    Ok(())
}
