//! Docker as its user has set it up, for all that speaks to an engine: `address.rs` finds the engine, `registry.rs` takes an
//! image's name apart and finds the credentials for its registry, `user_config.rs` is what `docker login` and `docker
//! context` have written down. What is asked of the engine is the business of the Docker launcher and of Docker storage.

mod address;
mod registry;
mod user_config;

pub use address::Address;
pub use registry::{Reference, credentials};
