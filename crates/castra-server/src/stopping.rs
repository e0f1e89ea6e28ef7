//! How requests that wait for something hear that the server stops: they answer with what they have, so that nobody is cut
//! off and the server need not wait for them.

use tokio::sync::watch;

/// Held by the server while it runs. Dropping it tells everybody that it stops.
#[derive(Debug)]
pub(crate) struct Running(watch::Sender<()>);

impl Running {
    /// A server that does not stop yet.
    pub(crate) fn new() -> Self {
        Self(watch::Sender::new(()))
    }

    /// For whoever wants to hear of its end.
    pub(crate) fn stopping(&self) -> Stopping {
        Stopping(self.0.subscribe())
    }
}

/// Hears that the server stops.
#[derive(Clone, Debug)]
pub(crate) struct Stopping(watch::Receiver<()>);

impl Stopping {
    /// Returns once the server stops.
    pub(crate) async fn wait(&mut self) {
        // Nothing is ever sent: the sender's end is the signal.
        while self.0.changed().await.is_ok() {}
    }
}
