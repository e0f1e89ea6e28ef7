//! The health check: the image is run once, as an agent would run it, and has to tell which flows are in it (prefect 1.4.1
//! `storage/_healthcheck.py`, which is a step of the build there).

use std::time::Duration;

use bollard::Docker;
use bollard::container::LogOutput;
use bollard::errors::Error;
use bollard::models::{ContainerCreateBody, HostConfig, HostConfigLogConfig};
use bollard::query_parameters::{
    CreateContainerOptions, LogsOptions, RemoveContainerOptions, StartContainerOptions, WaitContainerOptions,
};
use futures::{StreamExt as _, TryStreamExt as _};
use serde_json::{Value, json};

use crate::build::last;
use crate::docker_storage::{FlowFile, PythonFlows};
use crate::engine::{asking, words};
use crate::error::DockerStorageError;

/// How long a flow may take to load.
const PATIENCE: Duration = Duration::from_secs(120);

/// Loads a Prefect flow as a flow run would; whatever the file itself prints comes before the name.
const LOAD_SCRIPT: &str = "import sys; from prefect.utilities.storage import extract_flow_from_file; \
    print('\\n' + extract_flow_from_file(file_path=sys.argv[1]).name)";

/// Loads Castra's Python flows as their runs will.
const LOAD_PYTHON: &str = "import json, sys; from castra.runs.loading import load; storage = json.loads(sys.argv[1]); \
    [load(storage, name) for name in storage['flows']]";

/// The names of the flows that load in the image.
pub(crate) async fn flows(
    docker: &Docker,
    image_id: &str,
    flow: &FlowFile,
) -> Result<Vec<String>, DockerStorageError> {
    let path = flow.path_in_image("");
    let python = |script: &str, argument| vec!["python".into(), "-c".into(), script.to_owned(), argument];
    let command = match flow {
        FlowFile::Binary(_) => vec![path, "list".to_owned()],
        FlowFile::Script(_) => python(LOAD_SCRIPT, path),
        FlowFile::Python(flows) if !flows.checked => return Ok(flows.paths.keys().cloned().collect()),
        FlowFile::Python(flows) => python(LOAD_PYTHON, inside(flows).to_string()),
    };
    let ended = run(docker, image_id, &command).await?;
    let failed = |problem: String| DockerStorageError::HealthCheck {
        command: command.clone(),
        problem,
        output: last(&ended.lines(true)),
    };
    let names = match flow {
        FlowFile::Binary(_) => ended.lines(false),
        FlowFile::Script(_) => ended.lines(false).into_iter().last().into_iter().collect(),
        FlowFile::Python(flows) => flows.paths.keys().cloned().collect(),
    };
    match &ended.problem {
        Some(problem) => Err(failed(problem.clone())),
        None if names.is_empty() => Err(failed("listed no flow".to_owned())),
        None => Ok(names),
    }
}

/// The storage of Python flows, as a process in the image sees it.
fn inside(flows: &PythonFlows) -> Value {
    json!({
        "type": "Docker",
        "flows": flows.paths,
        "stored_as_script": flows.stored_as_script,
        "prefect_is_castra": flows.prefect_is_castra,
    })
}

/// What a container printed and how it ended.
#[derive(Default)]
struct Ended {
    /// What it printed, piece by piece, and whether that was an error.
    printed: Vec<(bool, String)>,
    /// `None` if all was well.
    problem: Option<String>,
}

impl Ended {
    fn lines(&self, with_errors: bool) -> Vec<String> {
        let pieces = self.printed.iter().filter(|(error, _)| with_errors || !error);
        let text: String = pieces.map(|(_, piece)| piece.as_str()).collect();
        text.lines().map(str::trim_end).filter(|line| !line.is_empty()).map(str::to_owned).collect()
    }
}

/// Runs the command in a container that is removed, whatever happens in it.
async fn run(docker: &Docker, image_id: &str, command: &[String]) -> Result<Ended, DockerStorageError> {
    let failed = asking("checking the image");
    let body = ContainerCreateBody {
        image: Some(image_id.to_owned()),
        cmd: Some(command.to_vec()),
        host_config: Some(HostConfig {
            // The one whose logs can be read on every engine.
            log_config: Some(HostConfigLogConfig { typ: Some("json-file".to_owned()), config: None }),
            ..HostConfig::default()
        }),
        ..ContainerCreateBody::default()
    };
    let container = docker.create_container(None::<CreateContainerOptions>, body).await.map_err(&failed)?.id;
    let ended = run_to_the_end(docker, &container).await;
    let options = RemoveContainerOptions { force: true, v: true, ..RemoveContainerOptions::default() };
    docker.remove_container(&container, Some(options)).await.map_err(&failed)?;
    ended.map_err(failed)
}

async fn run_to_the_end(docker: &Docker, container: &str) -> Result<Ended, Error> {
    if let Err(error) = docker.start_container(container, None::<StartContainerOptions>).await {
        return Ok(Ended { problem: Some(format!("did not start: {}", words(&error))), ..Ended::default() });
    }
    let mut wait = docker.wait_container(container, None::<WaitContainerOptions>);
    let problem = match tokio::time::timeout(PATIENCE, wait.next()).await {
        Err(_) => Some(format!("did not end within {} s", PATIENCE.as_secs())),
        Ok(Some(Err(Error::DockerContainerWaitError { code, .. }))) => {
            Some(format!("ended with exit code {code}"))
        }
        Ok(Some(Err(error))) => return Err(error),
        Ok(_) => None,
    };
    let options = LogsOptions { stdout: true, stderr: true, ..LogsOptions::default() };
    let pieces: Vec<LogOutput> = docker.logs(container, Some(options)).try_collect().await?;
    let printed = pieces
        .into_iter()
        .map(|piece| (matches!(piece, LogOutput::StdErr { .. }), piece.to_string()))
        .collect();
    Ok(Ended { printed, problem })
}
