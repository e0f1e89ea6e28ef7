//! The files that pages load: stylesheet, scripts, icon. They are part of the binary, their URLs carry a hash of what they
//! hold, and so browsers keep them for ever.

use std::io::Write;
use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

use super::page_error::PageError;

/// A file as it is served.
pub(super) struct Asset {
    name: &'static str,
    content_type: &'static str,
    bytes: &'static [u8],
    compressed: Vec<u8>,
    url: String,
}

impl Asset {
    fn new(name: &'static str, content_type: &'static str, bytes: &'static [u8]) -> Self {
        let hash: String = Sha256::digest(bytes).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Self { name, content_type, bytes, compressed: compress(bytes), url: format!("/assets/{hash}/{name}") }
    }

    /// Where it is.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    fn response(&self, headers: &HeaderMap) -> Response {
        let fixed = [
            (CONTENT_TYPE, self.content_type),
            (CACHE_CONTROL, "public, max-age=31536000, immutable"),
            (VARY, "accept-encoding"),
        ];
        let accepts = headers.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
        match accepts.contains("gzip") {
            true => (fixed, [(CONTENT_ENCODING, "gzip")], self.compressed.clone()).into_response(),
            false => (fixed, self.bytes).into_response(),
        }
    }
}

fn compress(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    // Writing into memory cannot fail.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}

/// Every file that pages load.
pub(super) struct Assets {
    /// How pages look.
    pub(super) css: Asset,
    /// What pages do in the browser beyond htmx.
    pub(super) script: Asset,
    /// htmx 2.
    pub(super) htmx: Asset,
    /// htmx's extension for server-sent events.
    pub(super) sse: Asset,
    /// htmx's extension that morphs instead of replacing, so that focus and scroll stay.
    pub(super) morph: Asset,
    /// The icon.
    pub(super) icon: Asset,
}

const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

/// Every file that pages load.
pub(super) static ASSETS: LazyLock<Assets> = LazyLock::new(|| Assets {
    css: Asset::new("castra.css", "text/css; charset=utf-8", include_bytes!("../../assets/castra.css")),
    script: Asset::new("castra.js", JAVASCRIPT, include_bytes!("../../assets/castra.js")),
    htmx: Asset::new("htmx.js", JAVASCRIPT, include_bytes!("../../assets/vendor/htmx-2.0.11.min.js")),
    sse: Asset::new("sse.js", JAVASCRIPT, include_bytes!("../../assets/vendor/htmx-ext-sse-2.2.4.min.js")),
    morph: Asset::new(
        "morph.js",
        JAVASCRIPT,
        include_bytes!("../../assets/vendor/idiomorph-ext-0.8.0.min.js"),
    ),
    icon: Asset::new("castra.svg", "image/svg+xml", include_bytes!("../../assets/castra.svg")),
});

impl Assets {
    fn all(&self) -> [&Asset; 6] {
        [&self.css, &self.script, &self.htmx, &self.sse, &self.morph, &self.icon]
    }
}

/// `GET /assets/{hash}/{name}`. The hash only makes the URL new; whoever has an old one is given what there is now.
pub(super) async fn serve(
    Path((_, name)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let asset = ASSETS.all().into_iter().find(|asset| asset.name == name);
    asset.map(|asset| asset.response(&headers)).ok_or_else(PageError::no_such_page)
}

/// `GET /favicon.ico`, which browsers ask for by themselves.
pub(super) async fn icon(headers: HeaderMap) -> Response {
    ASSETS.icon.response(&headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The budget of a page is 150 KB in all; 80 of them are for what every page shares.
    #[test]
    fn all_files_together_weigh_less_than_90_kb() {
        let bytes: usize = ASSETS.all().iter().map(|asset| asset.bytes.len()).sum();
        assert!(bytes < 100_000, "{bytes}");
        let compressed: usize = ASSETS.all().iter().map(|asset| asset.compressed.len()).sum();
        assert!(compressed < 40_000, "{compressed}");
    }
}
