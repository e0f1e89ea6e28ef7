//! The server: GraphQL API, health endpoints and timed loops over the store.

mod bounds;
mod graphql;
mod http;
mod loops;
mod server;
mod stopping;

pub use loops::LoopPeriods;
pub use server::{Config, Server, ServerError};
