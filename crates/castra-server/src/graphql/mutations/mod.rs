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

mod create_project;
mod create_task_run_artifact;
mod create_tenant;
mod delete_agent;
mod delete_key_value;
mod delete_project;
mod delete_task_run_artifact;
mod flow_settings;
mod loose;
mod payload;
mod register_agent;
mod set_flow_group_default_parameters;
mod set_flow_group_description;
mod set_flow_group_labels;
mod set_flow_group_run_config;
mod set_key_value;
mod set_project_description;
mod set_project_name;
mod update_flow_run_heartbeat;
mod update_task_run_artifact;
mod update_task_run_heartbeat;
mod write_run_logs;

use async_graphql::dynamic::SchemaError;

use super::registrar::Registrar;

/// Every mutation's place in the schema.
const MUTATIONS: &[fn(Registrar) -> Result<Registrar, SchemaError>] = &[
    create_project::register,
    create_task_run_artifact::register,
    create_tenant::register,
    delete_agent::register,
    delete_key_value::register,
    delete_project::register,
    delete_task_run_artifact::register,
    flow_settings::register,
    register_agent::register,
    set_flow_group_default_parameters::register,
    set_flow_group_description::register,
    set_flow_group_labels::register,
    set_flow_group_run_config::register,
    set_key_value::register,
    set_project_description::register,
    set_project_name::register,
    update_flow_run_heartbeat::register,
    update_task_run_artifact::register,
    update_task_run_heartbeat::register,
    write_run_logs::register,
];

/// Adds every mutation.
///
/// # Errors
/// What is wrong with a mutation's types.
pub(super) fn register(registrar: Registrar) -> Result<Registrar, SchemaError> {
    MUTATIONS.iter().try_fold(registrar, |registrar, register| register(registrar))
}
