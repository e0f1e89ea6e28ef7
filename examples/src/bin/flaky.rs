//! The flow `flaky` as a binary of its own.

fn main() -> std::process::ExitCode {
    castra::main([castra_examples::flaky::flow()])
}
