//! Watch: a launch is observed until it has ended, or stopped if the server wants that.

use std::sync::Arc;

use tokio::sync::Notify;
use uuid::Uuid;

use crate::context::Context;
use crate::dispatch::Event;
use crate::finish::finish;
use crate::launchers::{Launched, Launcher, Observation};

/// Watches a launch to its end. `stop` is notified when the server wants it stopped.
pub(crate) async fn watch<L: Launcher>(
    context: Arc<Context<L>>,
    launch_id: Uuid,
    mut launched: Launched<L::Running>,
    stop: Arc<Notify>,
) {
    let end = loop {
        tokio::select! {
            observation = context.launcher.observe(&mut launched.running) => match observation {
                Observation::Reached(phase) => context.send(Event::Reached(launch_id, phase)),
                Observation::Waits(detail) => context.send(Event::Waits(launch_id, detail)),
                Observation::Ended(end) => break end,
            },
            () = stop.notified() => {
                tracing::info!(%launch_id, "stopping a flow run");
                break context.launcher.stop(&mut launched.running).await;
            }
        }
    };
    finish(&context, launch_id, Some(launched.handle), end);
}
