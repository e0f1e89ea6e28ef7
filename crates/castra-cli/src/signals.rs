//! Being asked to stop: Ctrl-C, or SIGTERM from a service manager.

use anyhow::{Context as _, Result};
use tokio::signal::unix::{SignalKind, signal};

/// A future that ends when the process is asked to stop. The handlers are installed at once.
///
/// # Errors
/// If the handlers cannot be installed.
pub(crate) fn stop() -> Result<impl Future<Output = ()>> {
    let mut interrupt = signal(SignalKind::interrupt()).context("listening for SIGINT")?;
    let mut terminate = signal(SignalKind::terminate()).context("listening for SIGTERM")?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}
