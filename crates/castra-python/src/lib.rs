//! `castra._castra`: what the Python package `castra` beside this crate needs from Rust. Here Python values become those of
//! castra-core and back, one file per part of the package; names, signatures and docstrings for people stand in Python.

mod arguments;
mod client;
mod flows;
mod images;
mod json;
mod layout;
mod run_configs;
mod schedules;
mod states;
mod storages;
mod times;

// A free-threaded Python gives the module its lock: Castra is not tried without.
#[pyo3::pymodule(gil_used = true)]
mod _castra {
    #[pymodule_export]
    use crate::arguments::unknown_argument;
    #[pymodule_export]
    use crate::client::{CastraError, flow_to_json, graphql, register_flow};
    #[pymodule_export]
    use crate::flows::{Attempt, Graph, Held, Promise, Workers, execute, log, name_task_run, run};
    #[pymodule_export]
    use crate::images::build_image;
    #[pymodule_export]
    use crate::layout::layout;
    #[pymodule_export]
    use crate::run_configs::{run_config_fields, run_config_to_json};
    #[pymodule_export]
    use crate::schedules::{schedule_events, schedule_to_json};
    #[pymodule_export]
    use crate::states::state_to_json;
    #[pymodule_export]
    use crate::storages::{storage_default_labels, storage_to_json};
    #[pymodule_export]
    use crate::times::microseconds_since_epoch;

    /// The version that Castra writes into what it serializes.
    #[pymodule_export]
    const SERIALIZATION_VERSION: &str = castra_core::version::SERIALIZATION_VERSION;

    /// The version of Castra.
    #[pymodule_export]
    #[allow(non_upper_case_globals, reason = "the name that Python packages give it")]
    const __version__: &str = env!("CARGO_PKG_VERSION");
}
