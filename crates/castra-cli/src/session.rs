//! What every command that talks to a server shares: which server, and how to print.

use anyhow::{Result, bail};
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
        default_value = "http://localhost:4200",
        value_name = "URL"
    )]
    pub(crate) api: String,
    /// How to print the answer [default: table, or json where an answer is no table]
    #[arg(long, short, global = true, value_enum, value_name = "FORMAT")]
    output: Option<Format>,
}

impl Session {
    /// How to print lists and descriptions.
    pub(crate) fn format(&self) -> Format {
        self.output.unwrap_or_default()
    }

    /// How to print what is no table, `usual` unless something else was asked for.
    ///
    /// # Errors
    /// A table was asked for.
    pub(crate) fn data_format(&self, usual: Format) -> Result<Format> {
        match self.output {
            None => Ok(usual),
            Some(Format::Table) => bail!("this is no table: leave `--output table` out, or say json or yaml"),
            Some(format) => Ok(format),
        }
    }

    /// A client of the session's server.
    pub(crate) fn client(&self) -> Result<Client> {
        Ok(Client::new(&self.api, None)?)
    }
}

/// Runs a future of a command to its end, on one thread: the command line waits, it does not compute.
pub(crate) fn block_on<T>(future: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(future)
}
