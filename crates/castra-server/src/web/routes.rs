//! Every URL of the web UI.

use axum::Router;
use axum::middleware;
use axum::routing::{get, post};

use super::{Web, assets, run, security};

/// The pages, their parts, their forms.
pub(crate) fn router(web: Web) -> Router {
    Router::new()
        .route("/runs/{id}", get(run::show))
        .route("/runs/{id}/events", get(run::events::show))
        .route("/runs/{id}/logs", get(run::logs::earlier))
        .route("/runs/{id}/log.txt", get(run::download::show))
        .route("/runs/{id}/tasks/{task_id}", get(run::children::show))
        .route("/runs/{id}/cancel", post(run::actions::cancel))
        .route("/runs/{id}/restart", post(run::actions::restart))
        .route("/runs/{id}/state", post(run::actions::set_state))
        .route("/runs/{id}/name", post(run::actions::rename))
        .route("/runs/{id}/labels", post(run::actions::relabel))
        .route("/assets/{hash}/{name}", get(assets::serve))
        .route("/favicon.ico", get(assets::icon))
        .layer(middleware::from_fn(security::guard))
        .with_state(web)
}
