//! How the server starts and stops.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use castra_server::{Config, LoopPeriods, Server, ServerError};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

fn config(directory: &Path) -> Config {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    Config { address, database: directory.join("castra.db"), loop_periods: LoopPeriods::default() }
}

/// A server that can be told to stop, in a runtime of its own: as with a process, what it leaves unanswered is cut off.
struct Stoppable {
    url: String,
    client: reqwest::Client,
    stop: oneshot::Sender<()>,
    runtime: Runtime,
    running: JoinHandle<Result<(), ServerError>>,
}

impl Stoppable {
    async fn start(directory: &Path) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let (runtime, config) = (Runtime::new().unwrap(), config(directory));
        let bound = runtime.spawn(async move { Server::bind(&config).await.unwrap() });
        let server = bound.await.unwrap();
        let url = format!("http://{}/", server.address());
        let (stop, stopped) = oneshot::channel::<()>();
        let running = runtime.spawn(server.run(async { drop(stopped.await) }));
        Self { url, client: reqwest::Client::new(), stop, runtime, running }
    }

    /// The data that answers a document.
    fn data(&self, document: &str) -> impl Future<Output = Value> + use<> {
        let request = self.client.post(&self.url).body(json!({"query": document}).to_string());
        async move { request.send().await.unwrap().json::<Value>().await.unwrap()["data"].take() }
    }

    /// Once this answers, nothing holds the database any more.
    async fn stop(self) {
        self.stop.send(()).unwrap();
        self.running.await.unwrap().unwrap();
        let cut_off = move || self.runtime.shutdown_timeout(Duration::from_secs(10));
        tokio::task::spawn_blocking(cut_off).await.unwrap();
    }
}

#[tokio::test]
async fn it_stops_when_told_and_finds_its_tenant_again() {
    let directory = TempDir::new().unwrap();
    let mut tenants = Vec::new();
    for _ in 0..2 {
        let server = Stoppable::start(directory.path()).await;
        tenants.push(server.data("{ tenant { id slug } }").await);
        server.stop().await;
    }
    assert_eq!(tenants[0]["tenant"][0]["slug"], "default");
    assert_eq!(tenants[0], tenants[1]);
}

#[tokio::test]
async fn a_claim_that_waits_is_answered_when_it_stops() {
    let directory = TempDir::new().unwrap();
    let server = Stoppable::start(directory.path()).await;
    let register = r#"mutation { register_agent(input: {type: "LocalAgent"}) { id } }"#;
    let agent = server.data(register).await["register_agent"]["id"].take();
    let claim = format!(
        "mutation {{ claim_flow_runs(input: {{agent_id: {agent}, limit: 1, wait_seconds: 30}}) {{ claims {{ launch_id }} stops }} }}"
    );
    let claimed = tokio::spawn(server.data(&claim));
    while server.data("{ agent { last_queried } }").await["agent"][0]["last_queried"].is_null() {}
    server.stop().await;
    assert_eq!(claimed.await.unwrap()["claim_flow_runs"], json!({"claims": [], "stops": []}));
}

#[tokio::test]
async fn what_stands_in_its_way_is_told_in_words() {
    let (directory, other) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let first = Server::bind(&config(directory.path())).await.unwrap();
    let taken = Config { address: first.address(), ..config(other.path()) };
    let Err(error) = Server::bind(&taken).await else { panic!("the address is taken") };
    let words = error.to_string().replace(&first.address().to_string(), "<address>");
    insta::assert_snapshot!(words, @"cannot listen on <address>: Address already in use (os error 98); stop what listens there, or choose another port");
    let nowhere = Config { database: "/nowhere/castra.db".into(), ..config(directory.path()) };
    let Err(error) = Server::bind(&nowhere).await else { panic!("there is no such directory") };
    insta::assert_snapshot!(error, @"cannot open the database /nowhere/castra.db: No such file or directory (os error 2); check that its directory exists and is writable");
}
