//! Starts the server: opens the store, builds the schema, starts the timed loops, listens.

use std::future::{Future, IntoFuture};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use async_graphql::dynamic::SchemaError;
use axum::Router;
use castra_store::{Store, StoreConfig, StoreError, SystemClock, expired, tenant};
use tokio::net::TcpListener;

use crate::loops::{LoopPeriods, Loops};
use crate::stopping::Running;
use crate::web::Web;
use crate::{graphql, http};

/// How long requests may go on after the server is told to stop. Those that only wait are answered at once.
const GRACE: Duration = Duration::from_secs(2);

/// How to start the server.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where it listens. Port 0 takes a free one.
    pub address: SocketAddr,
    /// The SQLite file; made if it does not exist.
    pub database: PathBuf,
    /// How often the timed loops go round.
    pub loop_periods: LoopPeriods,
}

/// Why the server does not start or went down.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The store cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The address is taken, or not this machine's.
    #[error("cannot listen on {address}: {reason}; stop what listens there, or choose another port")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        reason: std::io::Error,
    },
    /// A fault in Castra.
    #[error("the GraphQL schema is broken: {0}")]
    Schema(String),
    /// The listener failed.
    #[error("the server went down: {0}")]
    Serve(std::io::Error),
}

impl From<SchemaError> for ServerError {
    fn from(error: SchemaError) -> Self {
        Self::Schema(error.0)
    }
}

/// A server that listens. It answers once [`Server::run`] is awaited.
pub struct Server {
    store: Store,
    router: Router,
    listener: TcpListener,
    address: SocketAddr,
    loop_periods: LoopPeriods,
    running: Running,
}

impl Server {
    /// Opens the database, brings its schema up to date, makes the first tenant, lets agents catch up and listens.
    ///
    /// # Errors
    /// [`ServerError::Store`] or [`ServerError::Listen`].
    pub async fn bind(config: &Config) -> Result<Self, ServerError> {
        let store = Store::open(&StoreConfig { path: config.database.clone() }, SystemClock)?;
        store.write(|transaction| tenant::default_tenant(transaction).map(drop)).await?;
        store.write(expired::renew_leases).await?;
        let running = Running::new();
        let schema = graphql::schema(store.clone(), running.stopping())?;
        let listen = |reason| ServerError::Listen { address: config.address, reason };
        let listener = TcpListener::bind(config.address).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        Ok(Self {
            router: http::router(schema, Web { store: store.clone(), stopping: running.stopping() }),
            store,
            listener,
            address,
            loop_periods: config.loop_periods,
            running,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `shutdown` ends; then answers waiting claims, lets other requests go on for [`GRACE`] and the timed
    /// loops finish their round.
    ///
    /// # Errors
    /// [`ServerError::Serve`].
    pub async fn run(self, shutdown: impl Future<Output = ()>) -> Result<(), ServerError> {
        let mut stopping = self.running.stopping();
        let serving = axum::serve(self.listener, self.router)
            .with_graceful_shutdown(async move { stopping.wait().await });
        let mut serving = std::pin::pin!(serving.into_future());
        let loops = Loops::start(&self.store, self.loop_periods);
        tracing::info!(address = %self.address, "listening");
        let served = tokio::select! {
            served = &mut serving => served,
            () = shutdown => {
                drop(self.running);
                tokio::time::timeout(GRACE, serving).await.unwrap_or(Ok(()))
            }
        };
        loops.stop().await;
        drop(self.store);
        served.map_err(ServerError::Serve)
    }
}
