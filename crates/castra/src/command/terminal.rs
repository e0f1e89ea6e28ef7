//! How a local run is shown in the terminal: states as they come, then a summary.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use castra_core::run_report::TimedState;
use castra_core::state::StateKind;

use crate::engine::driver::{Observer, TaskRun};
use crate::flow::Flow;
use crate::result::FlowResult;

/// Shows states as they come: all of a task without children; of children only what went wrong.
pub(crate) struct Terminal {
    /// Whether anything is shown.
    pub(crate) shown: bool,
}

impl Observer for Terminal {
    fn moved(&self, task_run: &TaskRun<'_>, TimedState { timestamp, state }: &TimedState) {
        if !self.shown {
            return;
        }
        let (slug, kind, message) = (task_run.slug, state.kind().as_str(), state.message());
        match task_run.map_index {
            -1 => eprintln!("{timestamp} {slug} | {kind}: {message}"),
            index if state.kind().is_failed() || state.kind() == StateKind::Retrying => {
                eprintln!("{timestamp} {slug}[{index}] | {kind}: {message}");
            }
            _ => {}
        }
    }

    async fn room(&self) {}
}

/// One line per task with how many of its runs ended how, and one for the run.
pub(super) fn summary(flow: &Flow, result: &FlowResult) -> String {
    let width = flow.tasks.iter().map(|task| task.slug.len()).max().unwrap_or(0);
    let mut text = String::new();
    for task in &flow.tasks {
        let runs = result.task_runs().iter().filter(|run| run.slug == task.slug);
        let mut ends: BTreeMap<&str, usize> = BTreeMap::new();
        runs.for_each(|run| *ends.entry(run.kind().as_str()).or_default() += 1);
        let ends: Vec<_> = ends
            .into_iter()
            .map(|(kind, count)| if count == 1 { kind.to_owned() } else { format!("{count} {kind}") })
            .collect();
        // Writing to a string does not fail.
        let _ = writeln!(text, "{:width$}  {}", task.slug, ends.join(", "));
    }
    let state = result.state();
    let _ = writeln!(text, "{}: {}: {}", flow.name, state.kind(), state.message());
    text
}
