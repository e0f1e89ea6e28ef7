//! How the server starts and stops.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use castra_server::{Config, LoopPeriods, Server};
use tempfile::TempDir;
use tokio::sync::oneshot;

fn config(directory: &Path) -> Config {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    Config { address, database: directory.join("castra.db"), loop_periods: LoopPeriods::default() }
}

#[tokio::test]
async fn it_stops_when_told_and_finds_its_tenant_again() {
    let directory = TempDir::new().unwrap();
    let mut tenants = Vec::new();
    for _ in 0..2 {
        let server = Server::bind(&config(directory.path())).await.unwrap();
        let url = format!("http://{}/", server.address());
        let (stop, stopped) = oneshot::channel::<()>();
        let running = tokio::spawn(server.run(async { drop(stopped.await) }));
        let body = r#"{"query": "{ tenant { id slug } }"}"#;
        let _ = rustls::crypto::ring::default_provider().install_default();
        let answer = reqwest::Client::new().post(url).body(body).send().await.unwrap();
        tenants.push(answer.text().await.unwrap());
        stop.send(()).unwrap();
        running.await.unwrap().unwrap();
    }
    assert!(tenants[0].contains(r#""slug":"default""#), "{tenants:?}");
    assert_eq!(tenants[0], tenants[1]);
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
