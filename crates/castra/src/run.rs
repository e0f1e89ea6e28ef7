//! Running a flow here and now, without a server.

use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::sync::Arc;

use castra_core::run_report::TimedState;
use serde::Serialize;
use serde_json::{Map, Value};
use tokio::runtime::Handle;
use uuid::Uuid;

use crate::context::FlowRunContext;
use crate::engine::driver::{self, Launch, Observer, TaskRun};
use crate::engine::relaunch::Known;
use crate::error::RunError;
use crate::flow::Flow;
use crate::result::FlowResult;

/// A run that is being prepared; await it to run it.
#[must_use = "a run begins when it is awaited"]
pub struct Run<'f> {
    flow: &'f Flow,
    given: Map<String, Value>,
}

impl Flow {
    /// Runs the flow in this process, without a server: `flow.run().await`, or with parameters
    /// `flow.run().parameter("country", "DE").await`. Tasks run on the runtime that awaits it. If tasks are paused, and nothing
    /// else is left to do, its state is Running, with them in it: nobody can resume them here.
    pub fn run(&self) -> Run<'_> {
        Run { flow: self, given: Map::new() }
    }
}

impl<'f> Run<'f> {
    /// Gives the run a parameter.
    ///
    /// A value without a JSON form is given as null.
    pub fn parameter(mut self, name: impl Into<String>, value: impl Serialize) -> Self {
        self.given.insert(name.into(), serde_json::to_value(value).unwrap_or_default());
        self
    }

    /// Gives the run several parameters.
    pub fn parameters(mut self, parameters: Map<String, Value>) -> Self {
        self.given.extend(parameters);
        self
    }

    /// Runs the flow and tells `observer` of it.
    pub(crate) async fn observed(
        self,
        tasks_on: Handle,
        observer: &impl Observer,
    ) -> Result<FlowResult, RunError> {
        let Run { flow, given } = self;
        flow.check()?;
        let unknown = given.keys().find(|name| !flow.parameters().any(|(task, _)| task.name == **name));
        if let Some(parameter) = unknown {
            return Err(unknown_parameter(flow, parameter));
        }
        let flow_run = Arc::new(FlowRunContext {
            id: Uuid::new_v4(),
            name: flow.name.clone(),
            flow_name: flow.name.clone(),
            parameters: flow.parameter_values(&given)?,
            ..FlowRunContext::default()
        });
        let launch = Launch { flow_run, known: Known::new(), patience: None, tasks_on };
        Ok(driver::run(flow, launch, observer, std::future::pending()).await)
    }
}

impl<'f> IntoFuture for Run<'f> {
    type Output = Result<FlowResult, RunError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'f>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { self.observed(Handle::current(), &Nobody).await })
    }
}

fn unknown_parameter(flow: &Flow, parameter: &str) -> RunError {
    let known: Vec<_> = flow.parameters().map(|(task, _)| format!("`{}`", task.name)).collect();
    RunError::UnknownParameter {
        flow: flow.name.clone(),
        parameter: parameter.to_owned(),
        known: if known.is_empty() { "none".to_owned() } else { known.join(", ") },
    }
}

/// Nobody is told.
struct Nobody;

impl Observer for Nobody {
    fn moved(&self, _: &TaskRun<'_>, _: &TimedState) {}

    async fn room(&self) {}
}
