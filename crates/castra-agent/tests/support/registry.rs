//! A registry of images for tests, on this machine, where Docker engines speak to it without TLS.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;
use tokio::sync::Notify;

/// `user:password` in base64, which the repository `private` wants.
pub(crate) const AUTH: &str = "dXNlcjpwYXNzd29yZA==";

/// The registry. Its repositories are named for what they do: `open`, `private`, `limited`, `silent`; others are missing.
#[derive(Clone)]
pub(crate) struct Registry {
    pub(crate) host: String,
    /// Notified when somebody asks for an image of `silent`.
    pub(crate) asked: Arc<Notify>,
    wants_credentials: bool,
    image: Arc<Image>,
}

struct Image {
    manifest: Vec<u8>,
    config: Vec<u8>,
    layer: Vec<u8>,
}

impl Registry {
    /// One for everybody, or one that wants credentials.
    pub(crate) async fn start(wants_credentials: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let registry = Self { host, asked: Arc::default(), wants_credentials, image: Arc::new(Image::new()) };
        let router = Router::new().fallback(answer).with_state(registry.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        registry
    }

    /// The name of an image here.
    pub(crate) fn image(&self, repository: &str) -> String {
        format!("{}/{repository}:1", self.host)
    }
}

impl Image {
    /// One layer with one file.
    fn new() -> Self {
        let mut tar = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_gnu();
        header.set_size(5);
        header.set_mode(0o644);
        tar.append_data(&mut header, "hello", &b"hello"[..]).unwrap();
        let layer = tar.into_inner().unwrap();
        let config = json!({
            "architecture": "amd64", "os": "linux", "config": { "Cmd": ["/hello"] },
            "rootfs": { "type": "layers", "diff_ids": [digest(&layer)] },
        });
        let config = config.to_string().into_bytes();
        let blob = |media_type: &str, bytes: &[u8]| json!({ "mediaType": media_type, "size": bytes.len(), "digest": digest(bytes) });
        let manifest = json!({
            "schemaVersion": 2, "mediaType": MANIFEST,
            "config": blob("application/vnd.docker.container.image.v1+json", &config),
            "layers": [blob("application/vnd.docker.image.rootfs.diff.tar", &layer)],
        });
        Self { manifest: manifest.to_string().into_bytes(), config, layer }
    }
}

const MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";

fn digest(bytes: &[u8]) -> String {
    let hex: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

async fn answer(State(registry): State<Registry>, headers: HeaderMap, request: Request) -> Response {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if registry.wants_credentials && given != Some(&format!("Basic {AUTH}")) {
        let challenge = [(header::WWW_AUTHENTICATE, "Basic realm=\"castra\"")];
        return (challenge, refused(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", "authentication required"))
            .into_response();
    }
    let path = request.uri().path().trim_start_matches("/v2/").to_owned();
    let image = &registry.image;
    match path.split('/').collect::<Vec<_>>()[..] {
        [""] => StatusCode::OK.into_response(),
        ["silent", ..] => {
            registry.asked.notify_one();
            std::future::pending().await
        }
        ["limited", ..] => refused(
            StatusCode::TOO_MANY_REQUESTS,
            "TOOMANYREQUESTS",
            "You have reached your pull rate limit.",
        ),
        ["open" | "private", "manifests", _] => {
            let digest = digest(&image.manifest);
            let headers = [
                (header::CONTENT_TYPE, MANIFEST),
                (header::HeaderName::from_static("docker-content-digest"), &digest),
            ];
            (headers, image.manifest.clone()).into_response()
        }
        ["open" | "private", "blobs", wanted] => {
            let blob = [&image.config, &image.layer].into_iter().find(|blob| digest(blob) == wanted);
            blob.map_or_else(
                || StatusCode::NOT_FOUND.into_response(),
                |blob| Body::from(blob.clone()).into_response(),
            )
        }
        _ => refused(StatusCode::NOT_FOUND, "MANIFEST_UNKNOWN", "manifest unknown"),
    }
}

fn refused(status: StatusCode, code: &str, message: &str) -> Response {
    let errors: Value = json!({ "errors": [{ "code": code, "message": message }] });
    (status, [(header::CONTENT_TYPE, "application/json")], errors.to_string()).into_response()
}
