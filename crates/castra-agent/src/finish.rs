//! Finish, the agent's part: the end of a launch is written down, then told. What becomes of the run is decided by the
//! server (`castra_core::finish`).

use castra_core::cause::LaunchEnd;
use uuid::Uuid;

use crate::context::Context;
use crate::dispatch::Event;
use crate::journal::Entry;

/// Writes down that a launch is over, so that an agent that dies before the server knows tells it after its restart, and
/// hands it to the dispatcher.
pub(crate) fn finish<L>(context: &Context<L>, launch_id: Uuid, end: LaunchEnd) {
    tracing::info!(%launch_id, cause = %end.cause, "a launch has ended");
    context.journal.note(launch_id, &Entry { handle: None, end: Some(end.clone()) });
    context.send(Event::Ended(launch_id, end));
}
