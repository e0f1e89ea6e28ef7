//! An ETL: the airports of a country that airlines fly to, cleaned and written to a CSV file.
//!
//! `cargo run --bin airports -- run --param country=IS`

use std::fmt::Write as _;
use std::fs;

use airport_data::AirportData;
use anyhow::{Context, ensure};
use castra::{Flow, LocalRun};
use serde::{Deserialize, Serialize};

const METRES_PER_FOOT: f64 = 0.3048;

/// An airport as it is read; lengths are in feet.
#[derive(Debug, Serialize, Deserialize)]
struct Airport {
    iata: String,
    icao: String,
    name: String,
    elevation: Option<i64>,
    runway: Option<i64>,
}

/// An airport as it is written; lengths are in metres.
#[derive(Debug, Serialize, Deserialize)]
struct Row {
    code: String,
    name: String,
    elevation: Option<f64>,
    runway: Option<f64>,
}

/// The flow. Its runs start in the directory for temporary files, where the result is put.
pub fn flow() -> Flow {
    let directory = std::env::temp_dir().to_string_lossy().into_owned();
    let run_config = LocalRun::new().working_dir(directory).env("AIRPORTS_PREFIX", "airports").label("dev");
    let mut flow = Flow::new("airports").run_config(run_config);

    let country = flow.parameter("country").default("DE");
    let airports = flow.task("extract", extract).call(country);
    let rows = flow.task("transform", transform).map(airports);
    flow.task("load", load).call((country, rows));
    flow
}

async fn extract(country: String) -> anyhow::Result<Vec<Airport>> {
    let data = AirportData::new();
    let found = data.get_airports_by_country_code(&country).into_iter();
    let airports: Vec<Airport> = found
        .filter(|airport| airport.scheduled_service)
        .map(|airport| Airport {
            iata: airport.iata.clone(),
            icao: airport.icao.clone(),
            name: airport.airport.clone(),
            elevation: airport.elevation_ft,
            runway: airport.runway_length,
        })
        .collect();
    ensure!(!airports.is_empty(), "no airline flies to the country `{country}`; give its two-letter code");
    castra::info!("{} airports of {country}", airports.len());
    Ok(airports)
}

async fn transform(airport: Airport) -> anyhow::Result<Row> {
    let metres = |feet: i64| (feet as f64 * METRES_PER_FOOT).round();
    Ok(Row {
        code: if airport.iata.is_empty() { airport.icao } else { airport.iata },
        name: airport.name.replace('"', "'"),
        elevation: airport.elevation.map(metres),
        runway: airport.runway.map(metres),
    })
}

async fn load(country: String, rows: Vec<Row>) -> anyhow::Result<String> {
    let mut csv = "code,name,elevation_m,runway_m\n".to_owned();
    for Row { code, name, elevation, runway } in &rows {
        let number = |number: &Option<f64>| number.map(|number| number.to_string()).unwrap_or_default();
        writeln!(csv, "{code},\"{name}\",{},{}", number(elevation), number(runway))?;
    }
    let prefix = std::env::var("AIRPORTS_PREFIX").unwrap_or_else(|_| "airports".to_owned());
    let path = std::env::current_dir()?.join(format!("{prefix}-{country}.csv"));
    fs::write(&path, csv).with_context(|| format!("cannot write {}", path.display()))?;
    castra::info!("wrote {} rows to {}", rows.len(), path.display());
    Ok(path.display().to_string())
}
