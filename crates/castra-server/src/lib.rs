//! The server: GraphQL API, web UI, health endpoints and timed loops over the store.

mod bounds;
mod graphql;
mod http;
mod loops;
mod server;
mod stopping;
mod web;

pub use loops::LoopPeriods;
pub use server::{Config, Server, ServerError};
