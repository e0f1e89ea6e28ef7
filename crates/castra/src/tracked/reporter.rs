//! The reporter: tells the server what stands in the outbox, one request at a time, until the run's end was told. A report
//! that was lost is sent again; the server takes each only once.

use std::time::{Duration, Instant};

use castra_client::{Client, ClientError};
use castra_core::run_report::FlowRunReport;
use tokio::sync::watch;
use tokio::time::timeout;
use uuid::Uuid;

use super::outbox::Outbox;

/// How long news wait for more news before they are told.
const BATCH_DELAY: Duration = Duration::from_millis(100);

/// Without news, an empty report is the run's sign of life (prefect 1.4.1 beats every 30 s too).
const HEARTBEAT: Duration = Duration::from_secs(30);

/// How long a server that does not answer is waited for.
const PATIENCE: Duration = Duration::from_secs(600);

/// Reports until the end was told.
///
/// `stop` becomes true when the server wants the run stopped, or when nothing can be reported any more.
///
/// # Errors
/// The reason why the end could not be told.
pub(super) async fn report(
    client: &Client,
    flow_run_id: Uuid,
    outbox: &Outbox,
    stop: &watch::Sender<bool>,
) -> Result<(), ClientError> {
    loop {
        if timeout(HEARTBEAT, outbox.filled()).await.is_ok() {
            // Running out of time is as good as being ripe.
            let _ = timeout(BATCH_DELAY, outbox.ripe()).await;
        }
        let (report, last) = outbox.take(flow_run_id);
        match send(client, &report).await {
            Ok(stopped) => stop.send_if_modified(|stop| stopped && !std::mem::replace(stop, true)),
            Err(error) => {
                stop.send_replace(true);
                return Err(error);
            }
        };
        if last {
            return Ok(());
        }
    }
}

/// Sends a report, again and again while the server is away.
async fn send(client: &Client, report: &FlowRunReport) -> Result<bool, ClientError> {
    let begun = Instant::now();
    loop {
        match client.report_flow_run(report).await {
            Ok(standing) => return Ok(standing.stop),
            Err(error) if error.is_transient() && begun.elapsed() < PATIENCE => {
                tracing::warn!(%error, "the server did not take a report, sending it again");
            }
            Err(error) => return Err(error),
        }
    }
}
