//! Docker storage: the image that holds a flow, and its way there. [`DockerStorage`] says what is to be in it, `dockerfile.rs` and
//! `context.rs` are what the engine is sent, `build.rs` builds, `health_check.rs` looks whether the flow loads inside, and
//! only then the image gets its tag and is pushed. Agents start what is stored here; see `castra_core::runtime`.

mod build;
mod context;
mod docker_storage;
mod dockerfile;
mod dockerignore;
mod engine;
mod error;
mod health_check;

pub use build::{Stored, store};
pub use docker_storage::{Base, BuildOptions, DockerStorage, FlowFile, PythonFlows};
pub use error::DockerStorageError;
