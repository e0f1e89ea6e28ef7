//! Dispatch on Kubernetes: from the request that creates a run to the first instruction in its pod, beside `kubectl create`
//! of the same job, in turns.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use super::{create_project, create_runs};
use crate::containers::{self, IMAGE, now, output};
use crate::flows;
use crate::installation::{Installation, block_on};
use crate::statistics::{Samples, ratio, row};

const ROUNDS: usize = 15;
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) fn print() -> Result<()> {
    containers::prepare_image()?;
    let installation = Installation::start_on(&containers::host_address()?)?;
    let template = job_template(&installation)?;
    let file = installation.file("job_template.json");
    std::fs::write(&file, template.to_string())?;
    let _agent = installation.agent_of("kubernetes", &["--job-template", &file.to_string_lossy()])?;
    block_on(async {
        let client = installation.client()?;
        create_project(&client).await?;
        let flow = flows::register(&client, flows::no_op()).await?;
        let mut pairs = Vec::with_capacity(ROUNDS);
        for n in 0..ROUNDS {
            let note = installation.file(&format!("castra-{n}"));
            let run_config = json!({
                "type": "KubernetesRun", "image": IMAGE, "labels": [flows::LABEL], "env": {flows::NOTE_START: note},
            });
            let before = now()?;
            let run = create_runs(&client, flow, 1, |_| json!({"run_config": run_config})).await?;
            flows::wait_until_ended(&client, &run).await?;
            let castra = flows::noted_start(&note)?.saturating_sub(before);

            let note = installation.file(&format!("kubectl-{n}"));
            let job = job(&template, n, &note.to_string_lossy())?;
            let before = now()?;
            create(&job)?;
            wait_for(&note)?;
            pairs.push((castra, flows::noted_start(&note)?.saturating_sub(before)));
            let name = job["metadata"]["name"].as_str().unwrap_or_default();
            output(Command::new("kubectl").args(["delete", "job", name]))?;
        }
        let (mut castra, mut kubectl): (Samples, Samples) = pairs.iter().copied().unzip();
        row("kubectl create → first instruction in the pod", &kubectl.summary());
        row("Kubernetes dispatch: create a run → first instruction in its pod", &castra.summary());
        row("ratio", &ratio(&pairs));
        Ok(())
    })
}

/// A job whose pod sees the notes and the binaries of this machine, which is the node.
fn job_template(installation: &Installation) -> Result<Value> {
    let folders = [installation.folder().to_string_lossy().into_owned(), containers::binaries()?];
    let mount = |(n, folder): (usize, &String)| json!({"name": format!("folder-{n}"), "mountPath": folder});
    let volume =
        |(n, folder): (usize, &String)| json!({"name": format!("folder-{n}"), "hostPath": {"path": folder}});
    let mounts: Vec<_> = folders.iter().enumerate().map(mount).collect();
    let volumes: Vec<_> = folders.iter().enumerate().map(volume).collect();
    Ok(json!({
        "apiVersion": "batch/v1",
        "kind": "Job",
        "spec": {"template": {"spec": {
            "restartPolicy": "Never",
            "volumes": volumes,
            "containers": [{"name": "flow", "image": IMAGE, "volumeMounts": mounts}],
        }}},
    }))
}

/// The job that kubectl is given: the template, with a process that only notes its start.
fn job(template: &Value, n: usize, note: &str) -> Result<Value> {
    let mut job = template.clone();
    job["metadata"] = json!({"name": format!("castra-bench-{}-{n}", std::process::id())});
    let container = &mut job["spec"]["template"]["spec"]["containers"][0];
    container["args"] = json!([std::env::current_exe()?, flows::SUBCOMMAND, "--version"]);
    container["env"] = json!([{"name": flows::NOTE_START, "value": note}]);
    Ok(job)
}

fn create(job: &Value) -> Result<()> {
    let mut command = Command::new("kubectl");
    let mut child =
        command.args(["create", "-f", "-"]).stdin(Stdio::piped()).stdout(Stdio::null()).spawn()?;
    child.stdin.take().context("kubectl has no stdin")?.write_all(job.to_string().as_bytes())?;
    ensure!(child.wait()?.success(), "kubectl create failed");
    Ok(())
}

fn wait_for(note: &std::path::Path) -> Result<()> {
    let begin = Instant::now();
    while std::fs::read_to_string(note).unwrap_or_default().is_empty() {
        ensure!(begin.elapsed() < PATIENCE, "the pod did not start");
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}
