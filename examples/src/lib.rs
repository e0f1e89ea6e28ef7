//! Example flows, one small file each.
//!
//! Their input is real: 28,000 airports of the world, which the package `airport-data` on crates.io carries as
//! `data/airports.json` (Aashish Vivekanand, CC BY 4.0, <https://github.com/aashishvanand/airport-data-rust>).

pub mod airports;
pub mod daylight;
pub mod flaky;

use castra::Flow;

/// All example flows.
pub fn flows() -> Vec<Flow> {
    vec![airports::flow(), daylight::flow(), flaky::flow()]
}
