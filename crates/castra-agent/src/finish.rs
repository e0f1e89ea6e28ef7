//! Finish, the agent's part: the end of a launch is written down, then told. What becomes of the run is decided by the
//! server (`castra_core::finish`).

use std::sync::Arc;

use castra_core::cause::LaunchEnd;
use serde_json::Value;
use uuid::Uuid;

use crate::context::Context;
use crate::dispatch::Event;
use crate::journal::Entry;
use crate::launchers::Launcher;

/// Writes down that a launch is over, so that an agent that dies before the server knows tells it after its restart, and
/// hands it to the dispatcher.
pub(crate) fn finish<L>(context: &Context<L>, launch_id: Uuid, handle: Option<Value>, end: LaunchEnd) {
    tracing::info!(%launch_id, cause = %end.cause, "a launch has ended");
    context.journal.note(launch_id, &Entry { handle, end: Some(end.clone()) });
    context.send(Event::Ended(launch_id, end));
}

/// The server knows the end: what is left of the launch goes, first from the target, then from the journal, so that an
/// agent that dies in between does it again.
pub(crate) async fn close<L: Launcher>(context: Arc<Context<L>>, launch_id: Uuid) {
    let handle = context.journal.entry(launch_id).and_then(|entry| entry.handle);
    context.launcher.remove(launch_id, handle.as_ref()).await;
    context.journal.close(launch_id);
}
