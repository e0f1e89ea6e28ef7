//! What the pages of the web UI show, each read by one verb: bounded in rows, answered from an index, with nothing in it
//! that only the store needs. How it looks is left to the server.

pub mod agents;
pub mod flows;
pub mod late;
pub mod launches;
pub mod logs;
pub mod overview;
pub mod run;
pub mod runs;
pub mod tasks;
