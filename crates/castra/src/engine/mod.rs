//! The engine runs a flow's graph: [`plan`] is the graph by position, [`progress`] decides what may begin and what ends
//! without running, [`relaunch`] what stands from an earlier launch, [`waiting`] what waits for its time or for somebody, [`attempt`] is one call of a task, and the [`driver`] does it all and tells an observer.
//!
//! The engine knows no server: reporting to one is the observer's business.

mod attempt;
pub(crate) mod driver;
pub(crate) mod plan;
mod progress;
#[cfg(test)]
mod progress_tests;
pub(crate) mod relaunch;
pub(crate) mod waiting;
