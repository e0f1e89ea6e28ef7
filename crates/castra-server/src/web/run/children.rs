//! The mapped children of a task in a run, a page at a time, asked for when somebody unfolds them.

use askama::Template;
use axum::extract::{Path, State};
use castra_core::state::StateKind;
use castra_store::Transaction;
use castra_store::view::run::run;
use castra_store::view::tasks::{TaskRunView, children};
use uuid::Uuid;

use super::actions::resume_url;
use super::run_id;
use crate::web::Web;
use crate::web::components::StateBadge;
use crate::web::fields::InAddress;
use crate::web::page_error::PageError;
use crate::web::respond::{self, Answer};
use crate::web::words;

/// Children that are shown at a time.
const CHILDREN: usize = 100;

/// Rows of the table.
#[derive(Template)]
#[template(path = "run/children.html")]
pub(in crate::web) struct ChildrenPart {
    children: Vec<Child>,
    /// Where the following ones are.
    next: Option<String>,
}

struct Child {
    name: String,
    state: StateBadge,
    took: Option<String>,
    message: Option<String>,
    /// Where the form leads that resumes it.
    resume_url: Option<String>,
}

/// `GET /runs/{id}/tasks/{task_id}?after=…`.
pub(in crate::web) async fn show(
    State(web): State<Web>,
    Path((of_run, task)): Path<(String, String)>,
    InAddress(fields): InAddress,
) -> Answer {
    let run_id = run_id(&of_run)?;
    let task_id =
        Uuid::parse_str(&task).map_err(|_| PageError::bad(format!("“{task}” is no id of a task.")))?;
    let after = fields.parsed::<i64>("after")?.unwrap_or(-1);
    let read = move |tx: &mut Transaction<'_>| {
        Ok((run(tx, run_id)?.state, children(tx, run_id, task_id, after, CHILDREN)?))
    };
    let (state, runs) = web.store.read(read).await?;
    respond::page(&ChildrenPart::new((run_id, state), task_id, runs))
}

impl ChildrenPart {
    pub(in crate::web) fn new(flow_run: (Uuid, StateKind), task_id: Uuid, runs: Vec<TaskRunView>) -> Self {
        let run_id = flow_run.0;
        let last = runs.last().filter(|_| runs.len() == CHILDREN).map(|run| run.map_index);
        let next = last.map(|last| format!("/runs/{run_id}/tasks/{task_id}?after={last}"));
        Self { children: runs.into_iter().map(|run| Child::new(flow_run, run)).collect(), next }
    }
}

impl Child {
    fn new(flow_run: (Uuid, StateKind), run: TaskRunView) -> Self {
        let index = run.map_index;
        Self {
            resume_url: resume_url(flow_run, &run),
            name: run.name.map_or_else(|| format!("[{index}]"), |name| format!("[{index}] {name}")),
            state: StateBadge::new(run.state),
            took: run.start_time.zip(run.end_time).map(|(start, end)| words::between(start, end)),
            message: run.message.filter(|_| !run.state.is_successful()),
        }
    }
}
