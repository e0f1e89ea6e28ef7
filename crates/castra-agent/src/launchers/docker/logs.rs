//! Logs: what a container has printed. Its last lines go into the report of an abnormal end; all of it is shown if that is
//! wanted.

use std::io::Write;

use bollard::container::LogOutput;
use bollard::query_parameters::LogsOptionsBuilder;
use castra_core::credential::Credential;
use futures::{Stream, StreamExt};
use jiff::Timestamp;

use crate::launchers::docker::engine::{Engine, Trouble, until_answered};
use crate::launchers::last_lines::{LAST_LINES, Tail, last_lines};

/// The last lines that a container printed. Output is never worth a flow run, so what cannot be read is only logged.
pub(crate) async fn last_lines_of(
    engine: &Engine,
    container: &str,
    credential: Option<&Credential>,
) -> Vec<String> {
    let read = until_answered("read what a flow run printed", || tail(engine, container)).await;
    let tail = read.unwrap_or_else(|trouble| {
        tracing::warn!(container, %trouble, "cannot read what a flow run printed");
        Tail::default()
    });
    last_lines(&tail.into_bytes(), credential)
}

async fn tail(engine: &Engine, container: &str) -> Result<Tail, Trouble> {
    let options = LogsOptionsBuilder::new().stdout(true).stderr(true).tail(&LAST_LINES.to_string()).build();
    let mut printed = engine.docker().logs(container, Some(options));
    let mut tail = Tail::default();
    while let Some(piece) = printed.next().await {
        tail.push(&piece?.into_bytes());
    }
    Ok(tail)
}

/// Shows what a container prints from then on, until it ends.
pub(crate) async fn show(engine: Engine, container: String, since: Timestamp) {
    let seconds = |time: Timestamp| time.as_second().try_into().unwrap_or(i32::MAX);
    let mut since = seconds(since);
    loop {
        let options = LogsOptionsBuilder::new().follow(true).stdout(true).stderr(true).since(since).build();
        match pass_on(engine.docker().logs(&container, Some(options))).await {
            Ok(()) => return,
            Err(Trouble::Away(reason)) => {
                tracing::debug!(container, reason, "waiting to go on showing what a flow run prints");
                since = seconds(Timestamp::now());
                let _ = until_answered("show what a flow run prints", || engine.inspect(&container)).await;
            }
            Err(trouble) => {
                tracing::warn!(container, %trouble, "cannot show what a flow run prints");
                return;
            }
        }
    }
}

async fn pass_on(
    mut printed: impl Stream<Item = Result<LogOutput, bollard::errors::Error>> + Unpin,
) -> Result<(), Trouble> {
    while let Some(piece) = printed.next().await {
        // An agent whose output nobody takes goes on all the same.
        let _ = std::io::stdout().lock().write_all(&piece?.into_bytes());
    }
    Ok(())
}
