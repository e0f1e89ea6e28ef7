//! Where the boxes stand in the drawing of a flow.

use castra_core::graph::{Layout, Point};
use pyo3::exceptions::PyIndexError;
use pyo3::prelude::*;

/// A place, in columns and rows.
type Place = (f64, f64);

/// The places of `count` boxes, the places over which each edge between them goes, and columns and rows. An edge leads from
/// its first box to its second.
///
/// # Errors
/// `IndexError` for a box that is not there.
#[pyfunction]
pub(crate) fn layout(
    count: usize,
    edges: Vec<(usize, usize)>,
) -> PyResult<(Vec<Place>, Vec<Vec<Place>>, Place)> {
    if edges.iter().any(|&(from, to)| from.max(to) >= count) {
        return Err(PyIndexError::new_err(format!(
            "an edge leads to or from a box beyond the {count} that there are"
        )));
    }
    let Layout { nodes, edges, size } = Layout::new(count, &edges);
    let place = |point: Point| (point.x, point.y);
    let lines = edges.into_iter().map(|line| line.into_iter().map(place).collect()).collect();
    Ok((nodes.into_iter().map(place).collect(), lines, place(size)))
}
