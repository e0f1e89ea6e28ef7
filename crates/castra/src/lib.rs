//! Write flows and tasks in Rust, and run them: here and now, or wherever their run config says.
//!
//! ```
//! use castra::{Flow, LocalRun};
//! use std::time::Duration;
//!
//! fn flow() -> Flow {
//!     let mut flow = Flow::new("etl").run_config(LocalRun::new().label("dev"));
//!     let country = flow.parameter("country").default("DE");
//!     let rows = flow.task("extract", extract).retries(3, Duration::from_secs(10)).call(country);
//!     let clean = flow.task("transform", transform).map(rows);
//!     flow.task("load", load).call(clean);
//!     flow
//! }
//!
//! async fn extract(country: String) -> anyhow::Result<Vec<String>> {
//!     Ok(vec![country])
//! }
//! # async fn transform(row: String) -> anyhow::Result<String> { Ok(row.to_lowercase()) }
//! # async fn load(rows: Vec<String>) -> anyhow::Result<usize> { Ok(rows.len()) }
//! # #[tokio::main]
//! # async fn main() {
//! let result = flow().run().parameter("country", "FR").await.unwrap();
//! assert_eq!(result.result::<usize>("load-1").unwrap(), 1);
//! # }
//! ```

mod command;
mod context;
mod data;
mod engine;
mod error;
mod flow;
mod function;
mod logs;
mod outcome;
mod output;
mod parameter;
mod register;
mod result;
mod run;
mod serialize;
mod signal;
mod stopwatch;
mod task;
mod text;
mod tracked;
mod trigger;
pub mod untyped;

pub use castra_core::run_config::{
    DockerRun, EcsRun, ImagePullPolicy, KubernetesRun, LocalRun, RunConfig, UniversalRun, VertexRun,
};
pub use castra_core::schedule;
pub use castra_core::state::{State, StateKind};
pub use castra_core::storage::{Executable, Storage};
pub use command::{main, main_from};
pub use context::{Context, FlowRunContext, context};
pub use error::{FlowError, RunError};
pub use flow::Flow;
pub use function::TaskFunction;
pub use output::{
    Constant, Flattened, Input, Inputs, MapInput, MapInputs, Output, Unmapped, flatten, unmapped, value,
};
pub use parameter::ParameterBuilder;
pub use register::RegisterError;
pub use result::{FlowResult, ResultError, TaskRunResult};
pub use run::Run;
pub use serialize::SerializeError;
pub use signal::{fail, pause, retry_at, skip};
pub use task::TaskBuilder;
pub use tracing::{debug, error, info, warn};
pub use trigger::{Amount, Trigger};

/// The flow in the README is compiled.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
