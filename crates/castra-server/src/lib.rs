//! The server: GraphQL API, health endpoints and timed loops over the store.

mod graphql;
mod loops;

pub use loops::{LoopPeriods, Loops};
