//! The castra binary.
fn main() {}
