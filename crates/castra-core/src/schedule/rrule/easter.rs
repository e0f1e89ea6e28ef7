//! Easter, from which the rule part `BYEASTER` counts: an extension of dateutil's.

use jiff::civil::{Date, date};

/// Easter Sunday of the western churches: the Sunday after the first full moon of spring, as the Gregorian calendar
/// reckons moons (C. F. Gauss's rule in the form that H. Lichtenberg gave it).
pub(super) fn easter(year: i16) -> Date {
    let (year, wide) = (year, i64::from(year));
    let century = wide / 100;
    let moon_shift = 15 + (3 * century + 3) / 4 - (8 * century + 13) / 25;
    let sun_shift = 2 - (3 * century + 3) / 4;
    let moon_year = wide % 19;
    let seed = (19 * moon_year + moon_shift) % 30;
    let correction = (seed + moon_year / 11) / 29;
    let full_moon = 21 + seed - correction;
    let first_sunday = 7 - (wide + wide / 4 + sun_shift).rem_euclid(7);
    let to_sunday = 7 - (full_moon - first_sunday).rem_euclid(7);
    let day_of_march = full_moon + to_sunday;
    date(year, 3, 1).saturating_add(jiff::Span::new().days(day_of_march - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn easter_is_when_it_was() {
        for (year, month, day) in [
            (1818, 3, 22),
            (1943, 4, 25),
            (1954, 4, 18),
            (1981, 4, 19),
            (2000, 4, 23),
            (2024, 3, 31),
            (2026, 4, 5),
        ] {
            assert_eq!(easter(year), date(year, month, day));
        }
    }
}
