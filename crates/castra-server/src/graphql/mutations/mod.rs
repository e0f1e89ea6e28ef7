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

mod archive_flow;
mod awaiting;
mod cancel_flow_run;
mod claim_flow_runs;
mod compressed;
mod create_flow;
mod create_flow_from_compressed_string;
mod create_flow_run;
mod create_project;
mod create_task_run_artifact;
mod create_tenant;
mod delete_agent;
mod delete_flow;
mod delete_flow_group_schedule;
mod delete_flow_run;
mod delete_key_value;
mod delete_project;
mod delete_task_run_artifact;
mod flow_settings;
mod get_or_create_mapped_task_run_children;
mod get_or_create_task_run;
mod get_or_create_task_run_info;
mod get_runs_in_queue;
mod loose;
mod payload;
mod process;
mod register_agent;
mod register_edges;
mod register_tasks;
mod report_flow_run;
mod report_launches;
mod set_flow_group_default_parameters;
mod set_flow_group_description;
mod set_flow_group_labels;
mod set_flow_group_run_config;
mod set_flow_group_schedule;
mod set_flow_run_labels;
mod set_flow_run_name;
mod set_flow_run_states;
mod set_key_value;
mod set_project_description;
mod set_project_name;
mod set_schedule_active;
mod set_schedule_inactive;
mod set_task_run_name;
mod set_task_run_states;
mod start_flow_run;
mod states;
mod update_flow_run_heartbeat;
mod update_task_run_artifact;
mod update_task_run_heartbeat;
mod write_run_logs;

use async_graphql::dynamic::SchemaError;

use super::registrar::Registrar;

/// Adds one mutation.
type Register = fn(Registrar) -> Result<Registrar, SchemaError>;

/// Every mutation's place in the schema.
const MUTATIONS: &[Register] = &[
    archive_flow::register,
    cancel_flow_run::register,
    claim_flow_runs::register,
    create_flow::register,
    create_flow_from_compressed_string::register,
    create_flow_run::register,
    create_project::register,
    create_task_run_artifact::register,
    create_tenant::register,
    delete_agent::register,
    delete_flow::register,
    delete_flow_group_schedule::register,
    delete_flow_run::register,
    delete_key_value::register,
    delete_project::register,
    delete_task_run_artifact::register,
    flow_settings::register,
    get_or_create_mapped_task_run_children::register,
    get_or_create_task_run::register,
    get_or_create_task_run_info::register,
    get_runs_in_queue::register,
    register_agent::register,
    register_edges::register,
    register_tasks::register,
    report_flow_run::register,
    report_launches::register,
    set_flow_group_default_parameters::register,
    set_flow_group_description::register,
    set_flow_group_labels::register,
    set_flow_group_run_config::register,
    set_flow_group_schedule::register,
    set_flow_run_labels::register,
    set_flow_run_name::register,
    set_flow_run_states::register,
    set_key_value::register,
    set_project_description::register,
    set_project_name::register,
    set_schedule_active::register,
    set_schedule_inactive::register,
    set_task_run_name::register,
    set_task_run_states::register,
    start_flow_run::register,
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
