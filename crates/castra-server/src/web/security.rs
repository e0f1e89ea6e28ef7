//! What keeps pages from being turned against whoever looks at them: a Content-Security-Policy under which nothing inline
//! and nothing of another site runs, and the refusal of forms that another site sends.
//!
//! Forms carry no token: every browser says with each request whether it comes from the same site (`Sec-Fetch-Site`), and
//! the older ones with each form from which site (`Origin`), and no page can forge either. A program that is no browser
//! sends neither, and carries nobody's rights by itself.

use axum::extract::Request;
use axum::http::header::{CONTENT_SECURITY_POLICY, HOST, ORIGIN, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::page_error::PageError;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Refuses forms of other sites, and says to browsers what the answer may do.
pub(super) async fn guard(request: Request, next: Next) -> Response {
    let is_form = !request.method().is_safe();
    let mut response = match is_form && is_cross_site(request.headers()) {
        true => PageError::forbidden(
            "The form was sent from another site, so nothing was done. Open this server's own page and send it from there.",
        )
        .into_response(),
        false => next.run(request).await,
    };
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    response
}

/// Whether a browser sent the request for a page of another site.
pub(crate) fn is_cross_site(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or("unreadable"));
    match (headers.get("sec-fetch-site").map(HeaderValue::as_bytes), text(ORIGIN), text(HOST)) {
        (Some(site), _, _) => !matches!(site, b"same-origin" | b"none"),
        (None, None, _) => false,
        (None, Some(origin), host) => origin.split_once("://").map(|(_, host)| host) != host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refuses(headers: &[(&'static str, &'static str)]) -> bool {
        let headers = headers.iter().map(|(name, value)| {
            (axum::http::HeaderName::from_static(name), HeaderValue::from_static(value))
        });
        is_cross_site(&headers.collect())
    }

    #[test]
    fn a_form_of_this_site_passes() {
        assert!(!refuses(&[("sec-fetch-site", "same-origin"), ("origin", "http://castra:4200")]));
        assert!(!refuses(&[("origin", "http://castra:4200"), ("host", "castra:4200")]));
    }

    #[test]
    fn a_form_of_another_site_is_refused() {
        for site in ["cross-site", "same-site", ""] {
            assert!(refuses(&[("sec-fetch-site", site)]), "{site}");
        }
        for origin in ["http://evil.example", "null", "http://castra:4201", "http://castra:4200.evil.example"]
        {
            assert!(refuses(&[("origin", origin), ("host", "castra:4200")]), "{origin}");
        }
        assert!(refuses(&[("origin", "http://castra:4200")]));
    }

    #[test]
    fn a_program_that_is_no_browser_passes() {
        assert!(!refuses(&[("host", "castra:4200")]));
    }
}
