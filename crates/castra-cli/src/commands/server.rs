//! `castra server start`.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use castra_server::{Config, LoopPeriods, Server};
use clap::{Args, Subcommand};

use crate::machine;
use crate::signals;

#[derive(Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Start the server; it stays in the foreground until Ctrl-C or SIGTERM
    Start(Start),
}

#[derive(Args)]
struct Start {
    /// The address to listen on. There is no authentication of people yet: keep it on this machine
    #[arg(long, env = "CASTRA_SERVER_HOST", default_value = "127.0.0.1")]
    host: IpAddr,
    /// The port to listen on; 0 takes a free one
    #[arg(long, env = "CASTRA_SERVER_PORT", default_value_t = 4200)]
    port: u16,
    /// The SQLite file, made if it does not exist [default: castra.db in CASTRA_HOME, which is ~/.castra]
    #[arg(long, env = "CASTRA_DATABASE", value_name = "FILE")]
    database: Option<PathBuf>,
}

pub(crate) fn run(arguments: Arguments) -> Result<ExitCode> {
    let What::Start(start) = arguments.what;
    let database = match start.database {
        Some(database) => database,
        None => machine::file("castra.db")?,
    };
    let address = SocketAddr::new(start.host, start.port);
    let config = Config { address, database, loop_periods: LoopPeriods::default() };
    runtime()?.block_on(async {
        let server = Server::bind(&config).await?;
        // Programs that start a server wait for this line.
        println!("castra server ready at http://{}", server.address());
        server.run(signals::stop()?).await?;
        Ok(ExitCode::SUCCESS)
    })
}

/// The server's runtime: the store has threads of its own, so two workers carry a whole machine's requests.
pub(super) fn runtime() -> Result<tokio::runtime::Runtime> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(2).enable_all().build().context("starting the server's threads")
}
