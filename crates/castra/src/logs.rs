//! Logs: what tasks write with the macros of `tracing` becomes log lines of their run, and is shown in the terminal. Code outside
//! of tasks, and in threads that a task has started, is not heard; what Castra itself has to say is shown only.

use std::fmt::{self, Write as _};
use std::sync::{Arc, OnceLock};

use castra_core::run_report::{LogLine, TaskRunName};
use jiff::Timestamp;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context as LayerContext, Layer, SubscriberExt};

use uuid::Uuid;

use crate::context::Context;
use crate::text::shortened;
use crate::tracked::outbox::Outbox;

/// Where log lines go besides the terminal.
#[derive(Clone, Debug, Default)]
pub(crate) struct Logs {
    /// The least severe level that is heard.
    pub(crate) level: LogLevel,
    /// The run's logs on the server.
    pub(crate) outbox: Option<Arc<Outbox>>,
}

/// The level of a line; the order is that of `tracing`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LogLevel(Level);

impl Default for LogLevel {
    fn default() -> Self {
        LogLevel(Level::INFO)
    }
}

impl LogLevel {
    /// Reads a name of Prefect 1's; INFO if it is none.
    pub(crate) fn from_name(name: &str) -> Self {
        LogLevel(match name.to_ascii_uppercase().as_str() {
            "TRACE" => Level::TRACE,
            "DEBUG" => Level::DEBUG,
            "WARN" | "WARNING" => Level::WARN,
            "ERROR" | "CRITICAL" => Level::ERROR,
            _ => Level::INFO,
        })
    }
}

/// Where lines go that do not come through `tracing`.
static INSTALLED: OnceLock<Logs> = OnceLock::new();

/// Writes a line that comes from another language, as if a task had written it; it is shown only if nothing is tracked.
pub fn log(line: LogLine) {
    match INSTALLED.get() {
        Some(logs) => logs.write(line),
        None => show(&line),
    }
}

/// Gives a task run a name; without a server, nobody hears it.
pub fn name_task_run(id: Uuid, name: String) {
    let outbox = INSTALLED.get().and_then(|logs| logs.outbox.as_ref());
    if let Some(outbox) = outbox {
        outbox.name(TaskRunName { id, name });
    }
}

fn show(line: &LogLine) {
    eprintln!("{} {:<7} {} | {}", line.timestamp, line.level, line.name, line.message);
}

impl Logs {
    fn write(&self, line: LogLine) {
        show(&line);
        if let Some(outbox) = &self.outbox {
            outbox.log(line);
        }
    }

    /// Hears the whole process from now on, unless it has a subscriber of its own.
    pub(crate) fn install(self) {
        // The first one stays, as below.
        let _ = INSTALLED.set(self.clone());
        let subscriber = tracing_subscriber::registry().with(self);
        // The other subscriber was set on purpose, by whoever embeds the flows.
        let _ = tracing::subscriber::set_global_default(subscriber);
    }
}

impl<S: Subscriber> Layer<S> for Logs {
    fn enabled(&self, metadata: &tracing::Metadata<'_>, _: LayerContext<'_, S>) -> bool {
        *metadata.level() <= self.level.0
    }

    fn on_event(&self, event: &Event<'_>, _: LayerContext<'_, S>) {
        let Some(context) = Context::current() else {
            if event.metadata().target().starts_with("castra") {
                eprintln!("{} castra | {}", level_name(event.metadata().level()), message(event));
            }
            return;
        };
        let line = LogLine {
            timestamp: Timestamp::now(),
            level: level_name(event.metadata().level()).to_owned(),
            name: context.task_name.to_string(),
            message: message(event),
            task_run_id: Some(context.task_run_id),
        };
        self.write(line);
    }
}

fn level_name(level: &Level) -> &'static str {
    match *level {
        Level::TRACE | Level::DEBUG => "DEBUG",
        Level::INFO => "INFO",
        Level::WARN => "WARNING",
        Level::ERROR => "ERROR",
    }
}

/// The message with its fields: `read the file rows=3`.
fn message(event: &Event<'_>) -> String {
    let mut text = Text::default();
    event.record(&mut text);
    shortened(text.message + &text.fields)
}

#[derive(Default)]
struct Text {
    message: String,
    fields: String,
}

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing to a string does not fail.
        let _ = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            name => write!(self.fields, " {name}={value:?}"),
        };
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "message" => self.message.push_str(value),
            _ => self.record_debug(field, &value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_a_task_writes_is_a_line_of_its_run() {
        let outbox = Arc::new(Outbox::default());
        let logs = Logs { outbox: Some(Arc::clone(&outbox)), ..Logs::default() };
        let _subscriber = tracing::subscriber::set_default(tracing_subscriber::registry().with(logs));
        let context = Context { task_name: "extract".into(), ..crate::context() };
        tracing::info!("outside of any task");
        context
            .scope(async {
                tracing::debug!("too much detail");
                tracing::warn!(rows = 3, path = "a.csv", "half {}", "read");
            })
            .await;
        let (report, _) = outbox.take(Uuid::nil());
        let lines: Vec<_> = report
            .logs
            .iter()
            .map(|line| format!("{} {}: {}", line.level, line.name, line.message))
            .collect();
        assert_eq!(lines, [r#"WARNING extract: half read rows=3 path="a.csv""#]);
    }
}
