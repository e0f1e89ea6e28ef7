//! The real binary from end to end: server, agents, flow runs and commands as processes of this machine, on loopback, in
//! temporary folders.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests fail by panicking")]

mod agent;
mod bad_input;
mod command;
mod crash;
mod faults;
mod image;
mod install;
mod preflight;
mod render;
mod render_ecs;
mod render_kubernetes;
mod render_vertex;
mod storage;
mod support;
mod web;
