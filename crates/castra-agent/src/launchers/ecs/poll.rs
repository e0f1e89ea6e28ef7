//! The poller: one for all launches of the agent. It describes their tasks in batches and tells the board; while nothing
//! is launched, it asks nothing.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;
use uuid::Uuid;

use super::api::{Api, MOST_TASKS, TaskId};
use super::aws::{AwsError, wait_after};
use super::board::Board;

/// How often is looked while somebody waits for an end.
const URGENT: Duration = Duration::from_millis(500);

/// Looks at the tasks of all launches for ever.
pub(super) async fn poll(api: Arc<Api>, board: Board, interval: Duration) {
    let mut failures = 0;
    loop {
        let tasks = board.to_look_at();
        if tasks.is_empty() {
            board.begun().await;
            continue;
        }
        match look(&api, &board, tasks).await {
            Ok(()) => {
                failures = 0;
                board.away(None);
                let interval = if board.is_urgent() { interval.min(URGENT) } else { interval };
                tokio::select! {
                    () = sleep(interval) => {}
                    () = board.hurried() => {}
                }
            }
            Err(error) => {
                failures += 1;
                // The first failure is soon made good.
                if failures > 1 {
                    board.away(Some(error.to_string()));
                }
                wait_after(failures, &error, "look at the tasks of its flow runs").await;
            }
        }
    }
}

/// Looks at these tasks. What cannot be seen in one cluster keeps nobody from looking at the others.
async fn look(api: &Api, board: &Board, tasks: Vec<(Uuid, TaskId)>) -> Result<(), AwsError> {
    let mut looked = Ok(());
    for (cluster, tasks) in by_cluster(tasks) {
        for batch in tasks.chunks(MOST_TASKS) {
            if let Err(error) = look_at(api, board, &cluster, batch).await {
                looked = Err(error);
            }
        }
    }
    looked
}

async fn look_at(api: &Api, board: &Board, cluster: &str, batch: &[(Uuid, String)]) -> Result<(), AwsError> {
    let arns: Vec<String> = batch.iter().map(|(_, task)| task.clone()).collect();
    let described = match api.describe_tasks(cluster, &arns, false).await {
        // Its tasks went with it.
        Err(error) if error.code() == "ClusterNotFoundException" => Vec::new(),
        described => described?,
    };
    let mut described: HashMap<_, _> =
        described.into_iter().map(|task| (task.task_arn.clone(), task)).collect();
    batch.iter().for_each(|(launch_id, task)| board.tell(*launch_id, described.remove(task)));
    Ok(())
}

/// One request is for tasks of one cluster.
fn by_cluster(tasks: Vec<(Uuid, TaskId)>) -> HashMap<String, Vec<(Uuid, String)>> {
    let mut clusters = HashMap::<_, Vec<_>>::new();
    for (launch_id, TaskId { cluster, task }) in tasks {
        clusters.entry(cluster).or_default().push((launch_id, task));
    }
    clusters
}
