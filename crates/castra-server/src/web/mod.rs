//! The web UI: pages rendered here from typed structs, one template each, kept live by server-sent events. What they show
//! is read by the store's `view` verbs; what their forms do are the verbs that the GraphQL mutations call.

mod agents;
mod assets;
mod components;
mod difference;
mod fields;
mod flow;
mod flows;
mod frame;
mod graph;
mod late;
mod live;
mod new_run;
mod overview;
mod page_error;
mod respond;
mod routes;
mod run;
mod run_config;
mod runs;
mod security;
mod words;

#[cfg(test)]
mod tests;

use castra_store::Store;

use crate::stopping::Stopping;

pub(crate) use page_error::PageError;
pub(crate) use routes::router;
pub(crate) use security::is_cross_site;

/// What every page is made from.
#[derive(Clone)]
pub(crate) struct Web {
    /// Where everything is kept.
    pub(crate) store: Store,
    /// Tells when the server stops.
    pub(crate) stopping: Stopping,
}
