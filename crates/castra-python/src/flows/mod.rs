//! Flows written in Python, run by Castra's engine: [`graph`] is a flow as the engine takes it, [`jobs`] are the attempts that
//! wait for a thread of Python and [`workers`] the threads that take them, [`attempt`] is one call of a task, [`promise`] its
//! answer if it is made elsewhere, [`object`] its values, [`end`] what became of a run, [`local`] a run without a server and
//! [`tracked`] one that an agent started.

mod attempt;
mod end;
mod graph;
mod handler;
mod jobs;
mod local;
mod logs;
mod object;
mod promise;
mod tracked;
mod workers;

pub(crate) use attempt::Attempt;
pub(crate) use graph::Graph;
pub(crate) use local::run;
pub(crate) use logs::{log, name_task_run};
pub(crate) use object::Held;
pub(crate) use promise::Promise;
pub(crate) use tracked::execute;
pub(crate) use workers::Workers;
