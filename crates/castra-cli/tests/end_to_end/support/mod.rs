//! What the tests share: a world of one's own, its daemons, its API, its flows and what they leave behind.

mod api;
pub(crate) mod clouds;
pub(crate) mod cluster;
mod command;
mod daemon;
pub(crate) mod engine;
pub(crate) mod flow;
mod process;
mod witness;
mod world;

pub(crate) use api::{Api, eventually};
pub(crate) use command::{Answer, castra};
pub(crate) use process::is_alive;
pub(crate) use witness::{Testimony, Witness, program as witness_program};
pub(crate) use world::World;
