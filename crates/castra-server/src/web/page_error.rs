//! What a person sees when a page cannot be shown or a form not be carried out: what, and what to do next.

use std::fmt::Display;

use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use castra_store::StoreError;

use super::frame::{Frame, Section};
use crate::graphql::errors::Error;

/// Why there is no page.
#[derive(Debug)]
pub(crate) struct PageError {
    status: StatusCode,
    words: String,
}

impl PageError {
    /// Nothing is at this address.
    pub(crate) fn no_such_page() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "There is no page at this address. Start from one of the pages above.",
        )
    }

    /// What stands in the address or in a form makes no sense.
    pub(super) fn bad(words: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, words)
    }

    /// A form that another site sent.
    pub(super) fn forbidden(words: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, words)
    }

    /// The server's own fault.
    pub(super) fn fault(cause: impl Display) -> Self {
        Error::fault(cause).into()
    }

    fn new(status: StatusCode, words: impl Into<String>) -> Self {
        Self { status, words: words.into() }
    }

    fn title(&self) -> &'static str {
        match self.status {
            StatusCode::NOT_FOUND => "Not found",
            StatusCode::BAD_REQUEST => "This makes no sense",
            StatusCode::FORBIDDEN => "Not allowed",
            StatusCode::CONFLICT => "Not possible now",
            StatusCode::SERVICE_UNAVAILABLE => "Try again later",
            _ => "Something went wrong",
        }
    }
}

impl From<Error> for PageError {
    fn from(error: Error) -> Self {
        let status = match &error {
            Error::BadInput(_) => StatusCode::BAD_REQUEST,
            Error::NotFound(_) => StatusCode::NOT_FOUND,
            Error::Conflict(_) | Error::VersionLocking(_) => StatusCode::CONFLICT,
            Error::Unauthenticated(_) => StatusCode::FORBIDDEN,
            Error::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Error::Fault(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self::new(status, error.to_string())
    }
}

impl From<StoreError> for PageError {
    fn from(error: StoreError) -> Self {
        Error::from(error).into()
    }
}

/// The page that tells it.
#[derive(Template)]
#[template(path = "error.html")]
pub(super) struct ErrorPage {
    frame: Frame,
    title: &'static str,
    words: String,
}

impl From<PageError> for ErrorPage {
    fn from(error: PageError) -> Self {
        let title = error.title();
        Self { frame: Frame::new(title, Section::Nothing), title, words: error.words }
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let status = self.status;
        let html = ErrorPage::from(self).render().unwrap_or_else(|error| error.to_string());
        (status, Html(html)).into_response()
    }
}
