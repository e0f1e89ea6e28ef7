//! A proxy in front of the API server that a test can cut and open again: what a restart of the API server is to its
//! clients, without disturbing those of others.

use std::sync::Arc;

use kube::{Client, Config};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// The proxy. It passes bytes on while it is open; cutting it breaks what is open and takes nothing new.
pub(crate) struct Proxy(Arc<watch::Sender<bool>>);

impl Proxy {
    /// A proxy, and a client that talks through it to the API server that the configuration names.
    pub(crate) async fn before_the_api_server(mut config: Config) -> (Self, Client) {
        let url = config.cluster_url.clone();
        let server = format!("{}:{}", url.host().unwrap(), url.port_u16().unwrap_or(443));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let open = Arc::new(watch::Sender::new(true));
        tokio::spawn(accept(listener, server, Arc::clone(&open)));
        config.cluster_url = format!("https://127.0.0.1:{port}").parse().unwrap();
        // The certificate names the server, not the proxy.
        config.accept_invalid_certs = true;
        (Self(open), Client::try_from(config).unwrap())
    }

    pub(crate) fn cut(&self) {
        self.0.send_replace(false);
    }

    pub(crate) fn open(&self) {
        self.0.send_replace(true);
    }
}

async fn accept(listener: TcpListener, server: String, open: Arc<watch::Sender<bool>>) {
    while let Ok((mut client, _)) = listener.accept().await {
        let (server, mut is_open) = (server.clone(), open.subscribe());
        tokio::spawn(async move {
            if !*is_open.borrow() {
                return;
            }
            let mut server = TcpStream::connect(&server).await.unwrap();
            tokio::select! {
                _ = copy_bidirectional(&mut client, &mut server) => {}
                _ = is_open.wait_for(|is_open| !is_open) => {}
            }
        });
    }
}
