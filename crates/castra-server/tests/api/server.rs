//! A server for one test, on a port and a database of its own.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use castra_server::{Config, LoopPeriods, Server};
use castra_store::{Store, StoreConfig, SystemClock};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;

/// The server, as a client sees it. It ends with the test.
pub(crate) struct TestServer {
    pub(crate) url: String,
    pub(crate) client: Client,
    _directory: TempDir,
}

/// The database file in a directory.
fn database(directory: &TempDir) -> PathBuf {
    directory.path().join("castra.db")
}

impl TestServer {
    /// A server with an empty database.
    pub(crate) async fn empty() -> Self {
        Self::start(TempDir::new().unwrap()).await
    }

    /// A server whose database holds the rows of `seed.rs`.
    pub(crate) async fn seeded() -> Self {
        let directory = TempDir::new().unwrap();
        let store = Store::open(&StoreConfig { path: database(&directory) }, SystemClock).unwrap();
        let seed = |transaction: &mut castra_store::Transaction<'_>| {
            crate::seed::ROWS.iter().try_for_each(|sql| transaction.execute(sql, &[]).map(drop))
        };
        store.write(seed).await.unwrap();
        drop(store);
        Self::start(directory).await
    }

    async fn start(directory: TempDir) -> Self {
        // The client wants a TLS provider though nothing here is encrypted; the first test of a process installs it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let config = Config {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            database: database(&directory),
            loop_periods: LoopPeriods::default(),
        };
        let server = Server::bind(&config).await.unwrap();
        let url = format!("http://{}", server.address());
        tokio::spawn(server.run(std::future::pending()));
        Self { url, client: Client::new(), _directory: directory }
    }

    /// Posts a body to the root, where Prefect's client posts.
    pub(crate) async fn post(&self, body: impl Into<reqwest::Body>) -> (StatusCode, Value) {
        let response = self.client.post(&self.url).body(body).send().await.unwrap();
        let status = response.status();
        let text = response.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    /// The answer to a document.
    pub(crate) async fn graphql(&self, document: &str) -> Value {
        let (status, answer) = self.post(json!({"query": document}).to_string()).await;
        assert_eq!(status, StatusCode::OK, "{document}: {answer}");
        answer
    }

    /// The data that answers a document. The root fields are put in order by name, because async-graphql answers them in
    /// the order in which they were ready.
    pub(crate) async fn data(&self, document: &str) -> Value {
        let mut answer = self.graphql(document).await;
        assert!(answer.get("errors").is_none(), "{document}: {answer}");
        let mut data = answer["data"].take();
        data.as_object_mut().into_iter().for_each(|fields| fields.sort_keys());
        data
    }

    /// The code and the words of the first error that answers a document.
    pub(crate) async fn error(&self, document: &str) -> String {
        let answer = self.graphql(document).await;
        let error = &answer["errors"][0];
        let code = error["extensions"]["code"].as_str().unwrap_or("no code");
        format!("{code}: {}", error["message"].as_str().unwrap_or_else(|| panic!("no error: {answer}")))
    }
}
