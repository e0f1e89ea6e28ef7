//! Launch: one claim becomes one launch on the target, or a reason why not.

use std::sync::Arc;

use castra_core::cause::Cause;
use castra_core::claim::Claim;
use tokio::sync::Notify;

use crate::context::Context;
use crate::dispatch::Event;
use crate::finish::finish;
use crate::journal::Entry;
use crate::launchers::{LaunchError, Launched, Launcher, Order};
use crate::watch::watch;

/// Launches what was claimed and watches it to its end. `stop` is notified when the server wants it stopped.
pub(crate) async fn launch<L: Launcher>(context: Arc<Context<L>>, claim: Claim, stop: Arc<Notify>) {
    let order = Order::new(claim, context.tenant_id);
    let launch_id = order.launch_id;
    match launch_once(&context, &order).await {
        Ok(launched) => {
            let Launched { handle, phase, running } = launched;
            tracing::info!(%launch_id, flow_run_id = %order.flow_run.id, %handle, "launched a flow run");
            let entry = Entry { handle: Some(handle.clone()), end: None };
            context.journal.note(launch_id, &entry);
            context.send(Event::Launched { launch_id, handle, phase });
            watch(context, launch_id, running, stop).await;
        }
        Err(error) => {
            tracing::warn!(%launch_id, flow_run_id = %order.flow_run.id, %error, "cannot launch a flow run");
            finish(&context, launch_id, Cause::from(error).into());
        }
    }
}

/// The journal has room for one launch per id, whatever happens.
async fn launch_once<L: Launcher>(
    context: &Context<L>,
    order: &Order,
) -> Result<Launched<L::Running>, LaunchError> {
    context.journal.open(order.launch_id).map_err(|error| {
        LaunchError::NotLaunched(format!("the agent cannot write it down in its state directory: {error}"))
    })?;
    context.launcher.launch(order).await
}
