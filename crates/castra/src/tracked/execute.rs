//! `execute flow-run`: the run that an agent launched this process for, from presenting the claim to telling the end.

use std::borrow::Borrow;
use std::sync::Arc;
use std::time::Duration;

use castra_client::retry::Retries;
use castra_client::{Client, ClientError};
use castra_core::credential::Credential;
use castra_core::run_report::{LogLine, StartFlowRun, StartedFlowRun};
use castra_core::runtime::Runtime;
use castra_core::state::{State, StateKind};
use jiff::Timestamp;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use uuid::Uuid;

use super::outbox::Outbox;
use super::reporter;
use crate::context::FlowRunContext;
use crate::engine::driver::{self, Launch};
use crate::engine::plan::TaskRunKey;
use crate::engine::relaunch::{Known, KnownTaskRun};
use crate::flow::Flow;
use crate::logs::{LogLevel, Logs, log};
use crate::result::FlowResult;

/// For how long a process waits while nothing is left but to wait for paused task runs (prefect 1.4.1 `CloudFlowRunner`).
/// After that, the run is launched again when they go on.
const PATIENCE: Duration = Duration::from_secs(600);

/// What the agent told this process.
#[derive(Debug)]
pub(super) struct Assignment {
    pub(super) api: String,
    pub(super) credential: Option<Credential>,
    pub(super) flow_run_id: Uuid,
    pub(super) log_level: LogLevel,
    pub(super) send_logs: bool,
}

/// Why a run's end could not be told.
#[derive(Debug, thiserror::Error)]
pub enum ExecuteError {
    /// The environment does not name a flow run.
    #[error("`execute flow-run` is what an agent starts: {name} {problem}; to run a flow here, use `run`")]
    Environment {
        /// The variable.
        name: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// The server cannot be reached, or refused.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The process lacks something of the operating system.
    #[error("the process cannot run tasks: {0}")]
    Process(#[from] std::io::Error),
}

/// Runs the flow run that the environment names, of the flow that `load` finds, until its end was told.
///
/// Tasks have a runtime of their own: one that keeps all its threads busy does not silence the reporter.
pub(crate) fn execute<F: Borrow<Flow>>(
    load: impl AsyncFnOnce(&StartedFlowRun) -> Result<F, String>,
) -> Result<(), ExecuteError> {
    let assignment = Assignment::from_env(|name| std::env::var(name).ok())?;
    let tasks = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let tracking = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let executed = tracking.block_on(track(load, &assignment, tasks.handle()));
    // Threads that tasks have blocked are not waited for.
    tasks.shutdown_background();
    executed
}

/// The flow that a run is of, among those of a binary.
pub(crate) fn find<'f>(flows: &'f [Flow], started: &StartedFlowRun) -> Result<&'f Flow, String> {
    flows.iter().find(|flow| flow.name == started.flow_name).ok_or_else(|| {
        let names: Vec<_> = flows.iter().map(|flow| format!("`{}`", flow.name)).collect();
        format!(
            "The binary has no flow `{}`; it has {}. Register the flow from the binary that has it.",
            started.flow_name,
            names.join(", ")
        )
    })
}

/// Runs and reports; attempts of tasks run on `tasks_on`.
pub(super) async fn track<F: Borrow<Flow>>(
    load: impl AsyncFnOnce(&StartedFlowRun) -> Result<F, String>,
    assignment: &Assignment,
    tasks_on: &tokio::runtime::Handle,
) -> Result<(), ExecuteError> {
    let flow_run_id = assignment.flow_run_id;
    let client = Client::new(&assignment.api, assignment.credential.as_ref())?.with_retries(Retries::PATIENT);
    let mut terminated = signal(SignalKind::terminate())?;
    let started = client.start_flow_run(&StartFlowRun { flow_run_id }).await?;

    let outbox = Arc::new(Outbox::default());
    let logged_to = assignment.send_logs.then(|| Arc::clone(&outbox));
    Logs { level: assignment.log_level, outbox: logged_to }.install();
    let (stop, mut stopped) = watch::channel(false);
    let stop_reason = async {
        tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => "The server asked for the end of the run.".to_owned(),
            _ = terminated.recv() => "The process was told to end (SIGTERM).".to_owned(),
        }
    };
    let run = async {
        let end = run(load, started, tasks_on, &outbox, stop_reason).await;
        outbox.close(end);
    };
    let (told, ()) = tokio::join!(reporter::report(&client, flow_run_id, &outbox, &stop), run);
    Ok(told?)
}

/// Runs the flow that the run is of; how it ended, unless it waits for somebody.
async fn run<F: Borrow<Flow>>(
    load: impl AsyncFnOnce(&StartedFlowRun) -> Result<F, String>,
    started: StartedFlowRun,
    tasks_on: &tokio::runtime::Handle,
    outbox: &Outbox,
    stop: impl Future<Output = String>,
) -> Option<State> {
    let failed = |message: String| Some(State::new(StateKind::Failed, message));
    let flow = match load(&started).await {
        Ok(flow) => flow,
        Err(reason) => return failed(reason),
    };
    let flow: &Flow = flow.borrow();
    if let Err(mistake) = flow.check() {
        return failed(format!("The flow cannot be run: {mistake}."));
    }
    let known = known(flow, &started);
    match flow.parameter_values(&started.parameters) {
        Ok(parameters) => {
            let launch = Launch {
                flow_run: Arc::new(flow_run_context(started, parameters)),
                known,
                patience: Some(PATIENCE),
                tasks_on: tasks_on.clone(),
            };
            let result = driver::run(flow, launch, outbox, stop).await;
            if !result.state.kind().is_finished() {
                log_waiting(flow, &result);
                return None;
            }
            let handled = flow.end_handler.as_ref().and_then(|handler| handler.end(&result));
            Some(handled.unwrap_or(result.state))
        }
        Err(missing) => failed(format!("The flow cannot be run: {missing}.")),
    }
}

/// Tells whoever reads the run's log why the process ends.
fn log_waiting(flow: &Flow, result: &FlowResult) {
    log(LogLine {
        timestamp: Timestamp::now(),
        level: "INFO".to_owned(),
        name: flow.name.clone(),
        message: format!("{} The run goes on in a new process when they do.", result.state.message()),
        task_run_id: None,
    });
}

fn flow_run_context(
    started: StartedFlowRun,
    parameters: serde_json::Map<String, serde_json::Value>,
) -> FlowRunContext {
    FlowRunContext {
        id: started.id,
        name: started.name,
        flow_name: started.flow_name,
        parameters,
        context: started.context,
        scheduled_start_time: started.scheduled_start_time.or_else(|| Some(Timestamp::now())),
    }
}

/// The task runs of an earlier launch, by their places in the flow.
fn known(flow: &Flow, started: &StartedFlowRun) -> Known {
    let positions: std::collections::HashMap<&str, usize> =
        flow.tasks.iter().enumerate().map(|(position, task)| (task.slug.as_str(), position)).collect();
    started
        .task_runs
        .iter()
        .filter_map(|run| {
            let key = TaskRunKey {
                task: *positions.get(run.task_slug.as_str())?,
                child: usize::try_from(run.map_index).ok(),
            };
            let data = flow.kept_results.get(&key).cloned();
            Some((key, KnownTaskRun { state: run.state.clone(), data }))
        })
        .collect()
}

impl Assignment {
    fn from_env(variable: impl Fn(&str) -> Option<String>) -> Result<Self, ExecuteError> {
        let names = Runtime::Castra.env_names();
        let required = |name: &'static str| {
            variable(name)
                .filter(|value| !value.is_empty())
                .ok_or_else(|| ExecuteError::Environment { name, problem: "is not set".to_owned() })
        };
        let flow_run_id = required(names.flow_run_id)?.parse().map_err(|_| ExecuteError::Environment {
            name: names.flow_run_id,
            problem: "is no UUID".to_owned(),
        })?;
        Ok(Assignment {
            api: required(names.api)?,
            credential: variable(names.api_key).filter(|key| !key.is_empty()).map(Credential::new),
            flow_run_id,
            log_level: variable(names.log_level)
                .map_or_else(LogLevel::default, |name| LogLevel::from_name(&name)),
            send_logs: variable(names.send_logs).is_none_or(|send| !send.eq_ignore_ascii_case("false")),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(variables: &[(&str, &str)]) -> String {
        let variable = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        Assignment::from_env(variable).unwrap_err().to_string()
    }

    #[test]
    fn a_process_that_no_agent_started_says_so() {
        insta::assert_snapshot!(error(&[]), @"`execute flow-run` is what an agent starts: CASTRA_FLOW_RUN_ID is not set; to run a flow here, use `run`");
        insta::assert_snapshot!(error(&[("CASTRA_FLOW_RUN_ID", "x")]), @"`execute flow-run` is what an agent starts: CASTRA_FLOW_RUN_ID is no UUID; to run a flow here, use `run`");
    }
}
