//! `cargo xtask test`: every test that this machine can run, and a word on those it cannot.

use anyhow::{Result, bail};

use crate::part::{Part, always};
use crate::{browser, clouds, docker, kubernetes, prefect1, python_environment, python_package, shell};

/// What happens when a part cannot be run here.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum LeftOut {
    /// It is told at the end.
    Told,
    /// It fails the run (continuous integration).
    Fails,
}

const PARTS: &[Part] = &[
    Part { name: "format", possible: has_rustfmt, run: format },
    Part { name: "lints", possible: has_clippy, run: lints },
    Part { name: "licences and sources", possible: has_deny, run: deny },
    Part { name: "images for tests on a Docker engine", possible: docker::possible, run: docker::prepare },
    Part { name: "a cluster for tests on Kubernetes", possible: kubernetes::possible, run: kubernetes::show },
    Part { name: "a browser for tests of the web UI", possible: browser::possible, run: browser::prepare },
    Part {
        name: "Azure Storage for tests of the Python package",
        possible: clouds::azurite_possible,
        run: clouds::prepare_azurite,
    },
    Part { name: "tests", possible: always, run: tests },
    Part { name: "documentation examples", possible: always, run: documentation },
    Part { name: "the Python package", possible: python_environment::possible, run: python_package::test },
    Part {
        name: "the real prefect 1.4.1 client",
        possible: python_environment::possible,
        run: prefect1::test,
    },
];

/// Runs every part that this machine can run.
///
/// # Errors
/// The first part that fails; with [`LeftOut::Fails`] also the parts that were left out.
pub(crate) fn run(left_out: LeftOut) -> Result<()> {
    let mut missing = Vec::new();
    for part in PARTS {
        match (part.possible)() {
            Ok(()) => {
                eprintln!("\n== {} ==", part.name);
                (part.run)()?;
            }
            Err(how) => missing.push(format!("  {}: {how}", part.name)),
        }
    }
    if missing.is_empty() {
        eprintln!("\nEvery part ran and passed.");
        return Ok(());
    }
    eprintln!("\nLeft out on this machine:\n{}", missing.join("\n"));
    match left_out {
        LeftOut::Told => Ok(()),
        LeftOut::Fails => bail!("{} part(s) left out", missing.len()),
    }
}

fn has_rustfmt() -> Result<(), String> {
    has_cargo_command("fmt", "rustup component add rustfmt")
}

fn has_clippy() -> Result<(), String> {
    has_cargo_command("clippy", "rustup component add clippy")
}

fn has_deny() -> Result<(), String> {
    has_cargo_command("deny", "cargo install cargo-deny --locked --version 0.20.2")
}

fn has_nextest() -> bool {
    shell::succeeds(shell::cargo().args(["nextest", "--version"]))
}

fn has_cargo_command(name: &str, how: &str) -> Result<(), String> {
    match shell::succeeds(shell::cargo().args([name, "--version"])) {
        true => Ok(()),
        false => Err(format!("`{how}`")),
    }
}

fn format() -> Result<()> {
    shell::run(shell::cargo().args(["fmt", "--all", "--check"]))
}

fn lints() -> Result<()> {
    shell::run(shell::cargo().args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))
}

fn deny() -> Result<()> {
    shell::run(shell::cargo().args(["deny", "check", "licenses", "bans", "sources"]))
}

/// Tests that compare with the real package find its Python in `CASTRA_PREFECT1_PYTHON`, those that need a cloud its
/// stand-in in `CASTRA_CLOUDS_PYTHON`.
fn tests() -> Result<()> {
    let mut cargo = shell::cargo();
    match has_nextest() {
        true => cargo.args(["nextest", "run", "--workspace"]),
        false => cargo.args(["test", "--workspace", "--lib", "--bins", "--tests", "--examples"]),
    };
    if python_environment::possible().is_ok() {
        prefect1::ENVIRONMENT.prepare()?;
        clouds::ENVIRONMENT.prepare()?;
        cargo.env(prefect1::PYTHON, prefect1::ENVIRONMENT.python());
        cargo.env(clouds::PYTHON, clouds::ENVIRONMENT.python());
    }
    if browser::axe().is_file() {
        cargo.env(browser::AXE, browser::axe());
    }
    shell::run(&mut cargo)
}

fn documentation() -> Result<()> {
    shell::run(shell::cargo().args(["test", "--workspace", "--doc"]))
}
