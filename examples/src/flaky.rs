//! Retries: a source that answers only when it is asked for the third time.
//!
//! `cargo run --bin flaky -- run`

use std::time::Duration;

use airport_data::AirportData;
use anyhow::ensure;
use castra::{Flow, LocalRun, value};

/// The flow.
pub fn flow() -> Flow {
    let mut flow = Flow::new("flaky").run_config(LocalRun::new().labels(["dev", "staging"]));
    let airports = flow
        .task("fetch", fetch)
        .retries(3, Duration::from_millis(500))
        .timeout(Duration::from_secs(30))
        .call(value(3));
    let report = flow.task("report", report).call(airports);
    flow.task("publish", publish).call(report);
    flow
}

/// Counts the airports by continent. The first attempts fail, like those on a source that is overloaded.
async fn fetch(succeeds_at: u32) -> anyhow::Result<Vec<(String, usize)>> {
    let attempt = castra::context().attempt;
    ensure!(attempt >= succeeds_at, "the source is overloaded (attempt {attempt})");
    let data = AirportData::new();
    let continents = ["AF", "AN", "AS", "EU", "NA", "OC", "SA"];
    let count = |continent: &str| (continent.to_owned(), data.get_airports_by_continent(continent).len());
    Ok(continents.map(count).into())
}

async fn report(airports: Vec<(String, usize)>) -> anyhow::Result<String> {
    let lines: Vec<_> = airports.iter().map(|(continent, count)| format!("{continent}: {count}")).collect();
    castra::info!("{}", lines.join(", "));
    Ok(lines.join("\n"))
}

/// A task may find that there is nothing to do.
async fn publish(report: String) -> anyhow::Result<()> {
    if std::env::var_os("REPORT_TO").is_none() {
        return Err(castra::skip("nobody asked for the report: `REPORT_TO` is not set"));
    }
    castra::info!("published {} characters", report.len());
    Ok(())
}
