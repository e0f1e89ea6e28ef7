//! `run`: a flow here and now, without a server.

use std::process::ExitCode;

use clap::Args;
use serde_json::{Map, Value};

use super::terminal::{self, Terminal};
use super::{named, names};
use crate::flow::Flow;
use crate::logs::{LogLevel, Logs};

/// What `run` is given.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The flow's name; needed if the binary has several.
    flow: Option<String>,
    /// A parameter: `--param country=DE`, `--param 'days=[1, 2]'`.
    ///
    /// The value is read as JSON, or as text if it is none. Can be given several times.
    #[arg(long = "param", alias = "parameter", short, value_name = "NAME=VALUE", value_parser = parameter)]
    parameters: Vec<(String, Value)>,
    /// The least severe level that is shown: DEBUG, INFO, WARNING or ERROR.
    #[arg(long, default_value = "INFO")]
    log_level: String,
}

/// Runs the flow and shows how it fares.
pub(super) fn run(flows: &[Flow], arguments: Arguments) -> anyhow::Result<ExitCode> {
    let found = named(flows, arguments.flow.as_deref())?;
    let [flow] = found.as_slice() else {
        anyhow::bail!("name the flow to run; there is {}", names(flows));
    };
    Logs { level: LogLevel::from_name(&arguments.log_level), outbox: None }.install();
    let parameters: Map<String, Value> = arguments.parameters.into_iter().collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let run = flow.run().parameters(parameters).observed(runtime.handle().clone(), &Terminal { shown: true });
    let result = runtime.block_on(run)?;
    runtime.shutdown_background();
    print!("{}", terminal::summary(flow, &result));
    Ok(if result.is_successful() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn parameter(text: &str) -> Result<(String, Value), String> {
    let (name, value) = text.split_once('=').ok_or("a parameter is NAME=VALUE")?;
    let value = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()));
    Ok((name.to_owned(), value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_parameter_is_json_or_text() {
        assert_eq!(parameter("country=DE"), Ok(("country".to_owned(), json!("DE"))));
        assert_eq!(parameter("days=[1, 2]"), Ok(("days".to_owned(), json!([1, 2]))));
        assert_eq!(parameter("query=a=b"), Ok(("query".to_owned(), json!("a=b"))));
        assert!(parameter("country").is_err());
    }
}
