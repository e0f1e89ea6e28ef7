//! The mutations, one file per verb. Each file has a function `register` like this one:
//!
//! ```ignore
//! pub(super) fn register(registrar: Registrar) -> Result<Registrar, SchemaError> {
//!     registrar.mutation(
//!         "create_project",
//!         "input create_project_input { name: String! description: String tenant_id: UUID }
//!          type create_project_payload { id: UUID }",
//!         create_project,
//!     )
//! }
//!
//! async fn create_project(call: Call, input: CreateProject) -> Result<Created, Error> { … }
//! ```

use async_graphql::dynamic::SchemaError;

use super::registrar::Registrar;

/// Adds every mutation.
///
/// # Errors
/// What is wrong with a mutation's types.
pub(super) fn register(registrar: Registrar) -> Result<Registrar, SchemaError> {
    Ok(registrar)
}
