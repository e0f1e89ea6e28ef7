//! What a task may know about the run it is part of.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value};
use uuid::Uuid;

tokio::task_local! {
    static CURRENT: Context;
}

/// The run that the code is part of.
#[derive(Clone, Debug)]
pub struct Context {
    /// The flow run.
    pub flow_run: Arc<FlowRunContext>,
    /// The task run.
    pub task_run_id: Uuid,
    /// The task's name.
    pub task_name: Arc<str>,
    /// Its index if the task is mapped.
    pub map_index: Option<usize>,
    /// Which attempt it is, counted from 1.
    pub attempt: u32,
    /// Whether it was paused, and somebody has resumed it or its time has come; also if that was in an earlier launch, in which
    /// it ended well.
    pub resumed: bool,
}

/// The flow run that a task run is part of.
#[derive(Clone, Debug, Default)]
pub struct FlowRunContext {
    /// Its id.
    pub id: Uuid,
    /// Its name; that of the flow if it runs without a server.
    pub name: String,
    /// The flow's name.
    pub flow_name: String,
    /// Its parameters, with the defaults of those that it was not given.
    pub parameters: Map<String, Value>,
    /// The context that it was created with.
    pub context: Map<String, Value>,
    /// When it was meant to start.
    pub scheduled_start_time: Option<Timestamp>,
}

impl Context {
    /// Runs `future` as part of this task run.
    pub(crate) async fn scope<F: Future>(self, future: F) -> F::Output {
        CURRENT.scope(self, future).await
    }

    /// The task run that the code is part of; `None` outside of tasks and in threads that a task has started.
    pub(crate) fn current() -> Option<Context> {
        CURRENT.try_with(Clone::clone).ok()
    }
}

/// The task run that the calling code is part of: its attempt, its map index, the flow run's parameters. Outside of a
/// run, e.g. in a test that calls the task function itself, it is a first attempt of a run without a name.
pub fn context() -> Context {
    Context::current().unwrap_or_else(|| Context {
        flow_run: Arc::default(),
        task_run_id: Uuid::nil(),
        task_name: "".into(),
        map_index: None,
        attempt: 1,
        resumed: false,
    })
}
