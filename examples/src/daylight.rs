//! A thousand mapped tasks: how long the day is at each of the 1,000 airports with the longest runways.
//!
//! `cargo run --bin daylight -- run --param day_of_year=355`

use std::f64::consts::PI;

use airport_data::AirportData;
use anyhow::{Context, ensure};
use castra::{Flow, UniversalRun, unmapped};
use serde::{Deserialize, Serialize};

/// The tilt of the earth's axis, in degrees.
const TILT: f64 = 23.44;

#[derive(Debug, Serialize, Deserialize)]
struct Place {
    name: String,
    latitude: f64,
}

#[derive(Debug, Serialize, Deserialize)]
struct Day {
    name: String,
    hours: f64,
}

/// The flow.
pub fn flow() -> Flow {
    let mut flow = Flow::new("daylight").run_config(UniversalRun::new().label("staging"));
    let day_of_year = flow.parameter("day_of_year").default(172);
    let count = flow.parameter("airports").default(1_000);

    let places = flow.task("places", places).call(count);
    let days = flow.task("daylight", daylight).map((places, unmapped(day_of_year)));
    flow.task("extremes", extremes).call(days);
    flow
}

async fn places(count: usize) -> anyhow::Result<Vec<Place>> {
    let data = AirportData::new();
    let mut airports: Vec<_> =
        data.all_airports().iter().filter(|airport| airport.scheduled_service).collect();
    airports.sort_by_key(|airport| std::cmp::Reverse(airport.runway_length));
    let place = |airport: &airport_data::Airport| Place {
        name: format!("{} ({})", airport.airport, airport.iata),
        latitude: airport.latitude,
    };
    Ok(airports.into_iter().take(count).map(place).collect())
}

/// The time between sunrise and sunset by the sunrise equation, without refraction.
async fn daylight(place: Place, day_of_year: u32) -> anyhow::Result<Day> {
    ensure!((1..=366).contains(&day_of_year), "a year has no day {day_of_year}; give one from 1 to 366");
    let season = 2.0 * PI * (f64::from(day_of_year) + 10.0) / 365.25;
    let declination = (-TILT.to_radians().sin() * season.cos()).asin();
    let noon_to_sunset = (-place.latitude.to_radians().tan() * declination.tan()).clamp(-1.0, 1.0).acos();
    Ok(Day { name: place.name, hours: 24.0 * noon_to_sunset / PI })
}

async fn extremes(mut days: Vec<Day>) -> anyhow::Result<(Day, Day)> {
    days.sort_by(|one, other| one.hours.total_cmp(&other.hours));
    let longest = days.pop().context("there are no airports")?;
    let shortest = if days.is_empty() { None } else { Some(days.swap_remove(0)) }
        .context("there is one airport only")?;
    castra::info!(
        "shortest day: {:.1} h at {}; longest: {:.1} h at {}",
        shortest.hours,
        shortest.name,
        longest.hours,
        longest.name
    );
    Ok((shortest, longest))
}
