//! One file per command, named for it.

pub(crate) mod agent;
pub(crate) mod build;
pub(crate) mod cancel;
pub(crate) mod completions;
pub(crate) mod create;
pub(crate) mod describe;
pub(crate) mod examples;
pub(crate) mod find;
pub(crate) mod get;
pub(crate) mod preflight;
pub(crate) mod quickstart;
pub(crate) mod register;
pub(crate) mod run;
pub(crate) mod server;
pub(crate) mod watch;
