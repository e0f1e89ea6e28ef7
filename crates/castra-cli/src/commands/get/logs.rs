//! `castra get logs RUN`: oldest first, as one reads.

use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};

use crate::commands::find;
use crate::output::{self, Format, text, time};
use crate::session::Session;

#[derive(Args)]
pub(super) struct Arguments {
    /// The run: its id or name
    run: String,
    /// How many lines at most: the last ones
    #[arg(long, short, default_value_t = 1000)]
    limit: u32,
}

const LOGS: &str = "query($run: uuid!, $limit: Int!) {
    log(where: {flow_run_id: {_eq: $run}}, order_by: [{timestamp: desc}, {id: desc}], limit: $limit) {
        timestamp level name message task_run_id
    }
}";

pub(super) async fn get(arguments: Arguments, session: &Session) -> Result<()> {
    let client = session.client()?;
    let run = find::flow_run(&client, &arguments.run).await?;
    let data: Value = client.call(LOGS, json!({"run": run, "limit": arguments.limit})).await?;
    let mut lines = data["log"].as_array().cloned().unwrap_or_default();
    lines.reverse();
    match session.format() {
        Format::Json | Format::Yaml => output::print_data(session.format(), &Value::from(lines)),
        Format::Table => lines.iter().for_each(print_line),
    }
    Ok(())
}

/// One log line, as `get logs` and `run --watch` print it.
pub(crate) fn print_line(line: &Value) {
    println!(
        "{}  {:<8} {}  {}",
        time(line, "/timestamp"),
        text(line, "/level"),
        text(line, "/name"),
        text(line, "/message")
    );
}
