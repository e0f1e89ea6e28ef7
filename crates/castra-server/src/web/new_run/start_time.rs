//! When a run is to start: now, or at a time on the clocks of a zone.

use castra_core::nearest::{did_you_mean, nearest};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{self, TimeZone};

use crate::web::fields::Fields;

/// When, as it stands in the form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct StartEdit {
    pub(super) is_later: bool,
    /// As a browser's field for date and time gives it.
    pub(super) at: String,
    /// The name of a time zone; none means UTC.
    pub(super) zone: String,
}

impl StartEdit {
    /// The form as it was sent.
    pub(super) fn read(fields: &Fields) -> Self {
        let text = |name| fields.text(name).unwrap_or_default().to_owned();
        Self {
            is_later: fields.text("start") == Some("later"),
            at: text("start.at"),
            zone: text("start.zone"),
        }
    }

    /// The instant; none means now.
    ///
    /// # Errors
    /// What is wrong.
    pub(super) fn instant(&self) -> Result<Option<Timestamp>, String> {
        if !self.is_later {
            return Ok(None);
        }
        let at: DateTime =
            self.at.parse().map_err(|_| format!("“{}” is no time: write it as 2026-11-25T14:30", self.at))?;
        let zone = if self.zone.is_empty() { TimeZone::UTC } else { self.time_zone()? };
        let zoned = at.to_zoned(zone).map_err(|error| format!("“{}” is out of reach: {error}", self.at))?;
        Ok(Some(zoned.timestamp()))
    }

    fn time_zone(&self) -> Result<TimeZone, String> {
        TimeZone::get(&self.zone).map_err(|_| {
            let names: Vec<String> = tz::db().available().map(|name| name.to_string()).collect();
            let meant = did_you_mean(&nearest(&self.zone, names.iter().map(String::as_str)));
            format!("“{}” is no time zone{meant}: write e.g. Europe/Berlin", self.zone)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instant(at: &str, zone: &str) -> Result<Option<Timestamp>, String> {
        StartEdit { is_later: true, at: at.to_owned(), zone: zone.to_owned() }.instant()
    }

    #[test]
    fn a_time_is_one_on_the_clocks_of_its_zone() {
        let summer = "2026-07-01T10:00:00Z".parse().unwrap();
        assert_eq!(instant("2026-07-01T12:00", "Europe/Berlin"), Ok(Some(summer)));
        assert_eq!(instant("2026-07-01T10:00", ""), Ok(Some(summer)));
        let now = StartEdit { at: "nonsense".to_owned(), ..StartEdit::default() };
        assert_eq!(now.instant(), Ok(None));
    }

    #[test]
    fn what_is_wrong_is_said_with_what_was_meant() {
        insta::assert_snapshot!(instant("tomorrow", "").unwrap_err(), @"“tomorrow” is no time: write it as 2026-11-25T14:30");
        insta::assert_snapshot!(instant("2026-07-01T12:00", "Europe/Berln").unwrap_err(), @"“Europe/Berln” is no time zone (did you mean `Europe/Berlin`?): write e.g. Europe/Berlin");
    }
}
