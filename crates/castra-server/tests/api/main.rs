//! The server's API as clients meet it: over HTTP, on a real store. Files mirror what is asked.

#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

mod aggregate;
mod by_pk;
mod cloud;
mod corpus;
mod health;
mod introspection;
mod mutations;
mod nested;
mod new_run;
mod order_by;
mod preflight;
mod random;
mod request;
mod seed;
mod server;
mod start;
mod web;
mod where_;
mod why;
