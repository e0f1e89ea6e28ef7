//! Write flows and tasks in Rust, and run them.
