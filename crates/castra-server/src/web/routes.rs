//! Every URL of the web UI.

use axum::Router;
use axum::middleware;
use axum::routing::{get, post};

use super::{Web, agents, assets, flow, flows, late, new_run, overview, run, runs, security};

/// The pages, their parts, their forms.
pub(crate) fn router(web: Web) -> Router {
    Router::new()
        .route("/", get(overview::show))
        .route("/events", get(overview::events))
        .route("/runs", get(runs::show).post(runs::act))
        .route("/runs/events", get(runs::events))
        .route("/flows", get(flows::show))
        .route("/flows/events", get(flows::events))
        .route("/flows/{id}", get(flow::show))
        .route("/flows/{id}/events", get(flow::events))
        .route("/flows/{id}/schedule", post(flow::actions::set_schedule))
        .route("/flows/{id}/schedule/active", post(flow::actions::set_schedule_active))
        .route("/flows/{id}/parameters", post(flow::actions::set_parameters))
        .route("/flows/{id}/switch", post(flow::actions::switch))
        .route("/flows/{id}/run", get(new_run::show).post(new_run::start))
        .route("/flows/{id}/run/form", post(new_run::again))
        .route("/flows/{id}/settings", get(flow::settings::show).post(flow::settings::set))
        .route("/flows/{id}/settings/form", post(flow::settings::again))
        .route("/agents", get(agents::show))
        .route("/agents/events", get(agents::events))
        .route("/agents/{id}/forget", post(agents::forget))
        .route("/late", get(late::show).post(late::act))
        .route("/runs/{id}", get(run::show))
        .route("/runs/{id}/events", get(run::events::show))
        .route("/runs/{id}/logs", get(run::logs::earlier))
        .route("/runs/{id}/log.txt", get(run::download::show))
        .route("/runs/{id}/tasks/{task_id}", get(run::children::show))
        .route("/runs/{id}/tasks/{task_run_id}/resume", post(run::actions::resume))
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
