//! Tasks of the project itself: `cargo xtask test`, `cargo xtask bench`, `cargo xtask python`, `cargo xtask screenshots`.

mod bench;
mod browser;
mod clouds;
mod docker;
mod kubernetes;
mod npm_packages;
mod part;
mod prefect1;
mod python_environment;
mod python_package;
mod shell;
mod test;

use std::process::ExitCode;

const HELP: &str = "\
Usage: cargo xtask <task>

  test [--nothing-left-out]   every test that this machine can run; prepares what it needs under target/ and says at
                              the end which parts it left out and how to have them. With the switch, a part that is
                              left out is a failure.
  bench [NAME ...]            the benchmarks of bench/README.md, in release; all of them if none is named
  python                      the Python package for debugging: its extension module, put into its folder, and the command
  screenshots                 pictures of the main pages of the web UI, into docs/screenshots
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let result = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["test"] => test::run(test::LeftOut::Told),
        ["test", "--nothing-left-out"] => test::run(test::LeftOut::Fails),
        ["bench", ref names @ ..] => bench::run(names),
        ["python"] => python_package::build(),
        ["screenshots"] => browser::screenshots(),
        ["help" | "--help" | "-h"] => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        _ => {
            eprint!("{HELP}");
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
