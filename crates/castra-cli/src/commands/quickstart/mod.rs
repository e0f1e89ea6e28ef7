//! `castra quickstart`: the whole story on this machine. A server and a local agent in this process, the example flows registered and run,
//! their progress shown as it happens, a summary, and a server that stays up to be looked at.

mod flows;
mod progress;
mod python;
mod summary;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use castra_agent::launchers::local::LocalLauncher;
use castra_agent::{Agent, AgentConfig};
use castra_client::Client;
use castra_render::FlowRunConfig;
use castra_render::local::{LocalConfig, labels_with_hostname};
use castra_server::{Config, LoopPeriods, Server};
use clap::Args;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::commands::server::runtime;
use crate::machine;
use crate::output::text;
use crate::signals;

/// The agent's labels; the run configs of the examples carry some of them.
const LABELS: [&str; 2] = ["dev", "staging"];

#[derive(Args)]
pub(crate) struct Arguments {
    /// Leave when the runs are done, with exit code 0 only if all succeeded
    #[arg(long)]
    exit: bool,
    /// The port of the server; 0 takes a free one
    #[arg(long, default_value_t = 4200)]
    port: u16,
}

pub(crate) fn run(arguments: Arguments) -> Result<ExitCode> {
    runtime()?.block_on(async {
        let mut stop = Box::pin(signals::stop()?);
        let folder =
            tempfile::Builder::new().prefix("castra-quickstart-").tempdir().context("making a folder")?;
        let (ending, _) = watch::channel(false);

        let (api, server) = start_server(arguments.port, folder.path(), &ending).await?;
        println!("Server ready at {api}, database in {}", folder.path().display());
        let agent = start_agent(&api, folder.path(), &ending)?;
        println!("Local agent with the labels {} started", LABELS.join(", "));

        let story = tell(&api, folder.path());
        let succeeded = tokio::select! {
            succeeded = story => succeeded?,
            () = &mut stop => false,
        };
        if !arguments.exit && succeeded {
            println!("\nThe server stays up until Ctrl-C: open {api} in a browser, or look around from another terminal:");
            println!("  castra get flow-runs --api {api}\n  castra run --name airports --watch --api {api}");
            stop.await;
        }
        ending.send_replace(true);
        agent.await??;
        server.await??;
        Ok(if succeeded { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    })
}

/// Registers, runs, follows, sums up. True if all runs succeeded.
async fn tell(api: &str, folder: &Path) -> Result<bool> {
    let client = Client::new(api, None)?;
    let mut flows = flows::register(&client).await?;
    match python::register(&client, api, folder).await? {
        Some(flow) => flows.push(flow),
        None => println!("No Python here has the package `castra`: the example in Python is left out"),
    }
    println!("Registered {} example flows in the project `{}`\n", flows.len(), flows::PROJECT);
    let runs = flows::create_runs(&client, &flows).await?;
    let ended = progress::follow(&client, &runs).await?;
    println!();
    summary::print(&ended);
    Ok(ended.iter().all(|run| text(run, "/state") == "Success"))
}

type Task<E> = JoinHandle<Result<(), E>>;

async fn start_server(
    port: u16,
    folder: &Path,
    ending: &watch::Sender<bool>,
) -> Result<(String, Task<anyhow::Error>)> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let config = Config { address, database: folder.join("castra.db"), loop_periods: LoopPeriods::default() };
    let server = Server::bind(&config).await.context("starting the server (`--port 0` takes a free port)")?;
    let api = format!("http://{}", server.address());
    let ended = until_true(ending);
    Ok((api, tokio::spawn(async move { Ok(server.run(ended).await?) })))
}

fn start_agent(api: &str, folder: &Path, ending: &watch::Sender<bool>) -> Result<Task<anyhow::Error>> {
    let labels = labels_with_hostname(LABELS.map(str::to_owned).into(), &machine::hostname()?);
    let flow_runs = FlowRunConfig { labels, ..FlowRunConfig::new(api) };
    let config =
        AgentConfig { name: "quickstart".to_owned(), ..AgentConfig::new(folder.join("agent"), flow_runs) };
    let launcher = LocalLauncher::new(&config, LocalConfig::new("python3"))?;
    let agent = Agent::new(Client::new(api, None)?, launcher, config);
    let ended = until_true(ending);
    Ok(tokio::spawn(async move {
        agent.run(ended).await?;
        Ok(())
    }))
}

fn until_true(ending: &watch::Sender<bool>) -> impl Future<Output = ()> + Send + use<> {
    let mut ending = ending.subscribe();
    async move {
        // An error means that the sender is gone: the end, too.
        let _ = ending.wait_for(|ending| *ending).await;
    }
}
