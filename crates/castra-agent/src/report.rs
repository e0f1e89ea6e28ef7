//! Report: what the agent saw reaches the server, however long that takes. Reports are idempotent, so a batch whose
//! answer was lost is sent again as it is.

use std::sync::Arc;

use castra_core::launch::LaunchReport;

use crate::context::{Context, wait_after};
use crate::dispatch::Event;

/// Sends a batch until it has arrived, and hands the answer to the dispatcher.
pub(crate) async fn report<L>(context: Arc<Context<L>>, batch: Vec<LaunchReport>) {
    let mut failures = 0;
    loop {
        match context.client.report_launches(context.agent_id, &batch).await {
            Ok(replies) => return context.send(Event::Reported(replies)),
            Err(error) => {
                failures += 1;
                wait_after(&error, failures, "report on launches").await;
            }
        }
    }
}
