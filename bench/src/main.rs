//! Benchmarks of Castra: the real `castra` binary, measured from outside, beside the floors of the same machine.
//!
//! `cargo xtask bench [NAME ...]` builds everything in release and runs this. Called with the arguments of a flow-run process it is a
//! flow binary itself: the flows that are measured are in `flows.rs`.

mod containers;
mod floors;
mod flows;
mod installation;
mod measures;
mod statistics;

use std::process::ExitCode;

use anyhow::Result;

/// One benchmark: its name on the command line, and how it prints its rows.
type Measure = (&'static str, fn() -> Result<()>);

const MEASURES: &[Measure] = &[
    ("floors", floors::print),
    ("footprint", measures::footprint::print),
    ("dispatch", measures::dispatch::print),
    ("throughput", measures::throughput::print),
    ("tracked-tasks", measures::tracked_tasks::print),
    ("transitions", measures::transitions::print),
    ("claims", measures::claims::print),
    ("pages", measures::pages::print),
    ("docker-dispatch", measures::docker_dispatch::print),
    ("kubernetes-dispatch", measures::kubernetes_dispatch::print),
    ("kubernetes-watch", measures::kubernetes_watch::print),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().is_some_and(|first| first == flows::SUBCOMMAND) {
        return flows::main(&arguments[1..]);
    }
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(names: &[String]) -> Result<()> {
    for name in names {
        let known = MEASURES.iter().any(|(known, _)| known == name);
        anyhow::ensure!(
            known,
            "there is no benchmark `{name}`: use {}",
            MEASURES.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
        );
    }
    println!("| measure | value |\n|---|---|");
    for (name, measure) in MEASURES {
        if names.is_empty() || names.iter().any(|wanted| wanted == name) {
            measure()?;
        }
    }
    Ok(())
}
