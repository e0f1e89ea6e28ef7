//! Asks the real prefect 1.4.1 and Castra the same questions about run configs, and compares the answers case by
//! case. Needs a Python with prefect: see `cases.rs`.

#![allow(clippy::unwrap_used, reason = "a test stops at whatever it did not expect")]

mod arguments;
mod cases;
mod documents;
mod launches;
mod stricter;
mod yaml;
