//! Arithmetic on instants that cannot fail, and the spans that several verbs share.

use jiff::{SignedDuration, Timestamp};

/// A flow run whose last heartbeat is younger than this has a living process: the runner beats every 30 s.
pub(crate) const FRESH_HEARTBEAT_SECONDS: i64 = 120;

/// A flow run whose last heartbeat is older than this has none (Prefect 1's zombie killer and Lazarus).
pub(crate) const STALE_HEARTBEAT_SECONDS: i64 = 600;

/// The instant `seconds` after `instant`, or before it if negative; at the ends of time, the end.
pub(crate) fn seconds_after(instant: Timestamp, seconds: i64) -> Timestamp {
    let end = if seconds < 0 { Timestamp::MIN } else { Timestamp::MAX };
    instant.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(end)
}
