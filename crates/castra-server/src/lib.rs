//! The server: GraphQL API, health endpoints and timed loops over the store.

mod bounds;
mod graphql;
mod http;
mod server;

pub use server::{Config, Server, ServerError};
