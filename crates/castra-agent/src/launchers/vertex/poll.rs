//! The poll: one for all launches. It lists the jobs that have not ended, a page of a hundred at a time, and asks by name
//! after those that were there and are not any more: they have ended. How often is `pace.rs`'s.

use std::collections::HashSet;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::api::{ApiError, Jobs};
use super::board::Board;
use super::pace::{Look, Pace};

/// Looks at the jobs for the board until the answer is dropped.
pub(crate) fn poll(jobs: &Jobs, board: &Board) -> JoinSet<()> {
    let mut poll = JoinSet::new();
    poll.spawn(keep(jobs.clone(), board.clone()));
    poll
}

async fn keep(jobs: Jobs, board: Board) {
    let mut pace = Pace::new();
    loop {
        // While nothing is followed, nobody is asked.
        while board.open_jobs().is_empty() {
            board.expected().await;
            pace.hurry();
        }
        let began = Instant::now();
        let (look, requests) = match look(&jobs, &board).await {
            Ok((look, requests)) => {
                board.broke(None);
                (look, requests)
            }
            Err(error) => {
                tracing::debug!(%error, "cannot look at the custom jobs; trying again");
                board.broke(Some(error.to_string()));
                (Look::Failed, 1)
            }
        };
        let until = began + pace.after(look, requests);
        tokio::select! {
            () = sleep_until(until) => {}
            // What is expected takes a moment to happen.
            () = board.expected() => {
                pace.hurry();
                sleep_until(until.min(Instant::now() + pace.after(look, requests))).await;
            }
        }
    }
}

/// One look: what it has brought, and how many requests it took.
async fn look(jobs: &Jobs, board: &Board) -> Result<(Look, u32), ApiError> {
    let open = board.open_jobs();
    let listing = jobs.unfinished().await?;
    let mut requests = listing.requests;
    let mut has_changed = false;
    let mut listed = HashSet::new();
    for job in listing.jobs {
        listed.insert(job.name.clone());
        if let Some(launch_id) = job.launch_id {
            has_changed |= board.apply(launch_id, job);
        }
    }
    for (launch_id, name) in open.into_iter().filter(|(_, name)| !listed.contains(name)) {
        requests += 1;
        has_changed |= match jobs.get(&name).await? {
            Some(job) => board.apply(launch_id, job),
            None => board.missing(launch_id),
        };
    }
    Ok((if has_changed { Look::Changed } else { Look::Unchanged }, requests))
}
