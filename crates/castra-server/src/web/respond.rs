//! Turns a page's struct into an answer.

use askama::Template;
use axum::http::header::{CACHE_CONTROL, LOCATION};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Response};

use super::page_error::PageError;

/// What a handler answers.
pub(super) type Answer = Result<Response, PageError>;

/// A page, or a part of one, which is never shown from a cache.
pub(super) fn page(template: &impl Template) -> Answer {
    let html = template.render().map_err(PageError::fault)?;
    Ok(([(CACHE_CONTROL, "no-cache")], Html(html)).into_response())
}

/// A form that was sent and could not be carried out: the page with all that was typed, and what is wrong with it.
pub(super) fn refused(template: &impl Template) -> Answer {
    let mut response = page(template)?;
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(response)
}

/// What was asked for is done: the browser goes to a page that shows it.
pub(super) fn see(path: &str) -> Answer {
    let location = HeaderValue::from_str(path).map_err(PageError::fault)?;
    Ok((StatusCode::SEE_OTHER, [(LOCATION, location)]).into_response())
}
