//! What every command that talks to a server shares: which server, and how to print.

use anyhow::Result;
use castra_client::Client;
use clap::Args;

use crate::output::Format;

/// Options of every command that talks to a server.
#[derive(Args)]
pub(crate) struct Session {
    /// Address of the server
    #[arg(
        long,
        global = true,
        env = "CASTRA_API",
        default_value = "http://127.0.0.1:4200",
        value_name = "URL"
    )]
    pub(crate) api: String,
    /// How to print lists and descriptions
    #[arg(long, short, global = true, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) output: Format,
}

impl Session {
    /// A client of the session's server.
    pub(crate) fn client(&self) -> Result<Client> {
        Ok(Client::new(&self.api, None)?)
    }
}

/// Runs a future of a command to its end, on one thread: the command line waits, it does not compute.
pub(crate) fn block_on<T>(future: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(future)
}
