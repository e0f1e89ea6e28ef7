//! The levels of log lines, as Prefect 1 (Python's `logging`) names them.

use std::fmt;
use std::str::FromStr;

/// How much a line matters. Ordered: later ones matter more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// For whoever looks for a fault.
    #[default]
    Debug,
    /// What happens.
    Info,
    /// What may become a fault.
    Warning,
    /// A fault.
    Error,
    /// The end.
    Critical,
}

impl LogLevel {
    /// Every level, in order.
    pub const ALL: [Self; 5] = [Self::Debug, Self::Info, Self::Warning, Self::Error, Self::Critical];

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Warning => "WARNING",
            Self::Error => "ERROR",
            Self::Critical => "CRITICAL",
        }
    }
}

impl fmt::Display for LogLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for LogLevel {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|level| level.as_str() == name).ok_or_else(|| {
            format!("`{name}` is no level of logs: use DEBUG, INFO, WARNING, ERROR or CRITICAL")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_read_back() {
        for level in LogLevel::ALL {
            assert_eq!(level.to_string().parse(), Ok(level));
        }
        insta::assert_snapshot!("warn".parse::<LogLevel>().unwrap_err(), @"`warn` is no level of logs: use DEBUG, INFO, WARNING, ERROR or CRITICAL");
    }
}
