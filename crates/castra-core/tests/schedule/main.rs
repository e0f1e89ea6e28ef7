//! Schedules: daylight saving, wire form, filters and adjustments, properties, and agreement with prefect 1.4.1.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail their test")]

mod clocks;
mod daylight_saving;
mod prefect1;
mod properties;
mod rrules;
mod support;
mod wire;
