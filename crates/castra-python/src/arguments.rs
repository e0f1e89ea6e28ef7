//! What is said of an argument that does not exist.

use castra_core::nearest::{did_you_mean, nearest};
use pyo3::prelude::*;

/// That `of` has no argument `name`, and which of those that it has was probably meant.
#[pyfunction]
pub(crate) fn unknown_argument(of: &str, name: &str, known: Vec<String>) -> String {
    let meant = nearest(name, known.iter().map(String::as_str));
    format!("{of} has no argument `{name}`{}", did_you_mean(&meant))
}
