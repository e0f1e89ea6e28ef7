//! Pace: how long until the jobs are looked at again. Often while something happens, seldom while nothing does, and never so
//! often that the agent would use up the project's quota of requests. Pure.

use std::time::Duration;

/// After something has happened.
const SHORTEST: Duration = Duration::from_millis(500);
/// While nothing happens.
const LONGEST: Duration = Duration::from_secs(10);
/// While Google does not answer, or is asked too often.
const LONGEST_AFTER_FAILURES: Duration = Duration::from_secs(60);
/// What a request takes of the time between two looks: two a second are a fifth of the 600 a minute that Google allows a
/// project in a region.
const PER_REQUEST: Duration = Duration::from_millis(500);

/// What a look at the jobs has brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// Something has changed.
    Changed,
    /// Nothing has.
    Unchanged,
    /// There was no answer.
    Failed,
}

/// The time until the next look.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    interval: Duration,
    is_failing: bool,
}

impl Pace {
    pub(crate) fn new() -> Self {
        Self { interval: SHORTEST, is_failing: false }
    }

    /// Something is about to happen.
    pub(crate) fn hurry(&mut self) {
        *self = Self::new();
    }

    /// How long to wait after a look that took so many requests.
    pub(crate) fn after(&mut self, look: Look, requests: u32) -> Duration {
        let is_failing = look == Look::Failed;
        if look == Look::Changed || is_failing != self.is_failing {
            self.interval = SHORTEST;
        }
        self.is_failing = is_failing;
        let wait = self.interval.max((PER_REQUEST * requests).min(LONGEST));
        self.interval = match look {
            Look::Changed => SHORTEST,
            Look::Unchanged => (self.interval * 3 / 2).min(LONGEST),
            Look::Failed => (self.interval * 2).min(LONGEST_AFTER_FAILURES),
        };
        wait
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(look: Look, times: u32) -> Vec<u64> {
        let mut pace = Pace::new();
        (0..times).map(|_| pace.after(look, 1).as_millis().try_into().unwrap()).collect()
    }

    #[test]
    fn the_less_happens_the_less_is_asked() {
        assert_eq!(waits(Look::Changed, 3), [500, 500, 500]);
        assert_eq!(waits(Look::Unchanged, 10), [500, 750, 1125, 1687, 2531, 3796, 5695, 8542, 10000, 10000]);
        assert_eq!(waits(Look::Failed, 9), [500, 1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000]);
    }

    #[test]
    fn many_pages_take_their_time() {
        let mut pace = Pace::new();
        assert_eq!(pace.after(Look::Changed, 12), Duration::from_secs(6));
        assert_eq!(pace.after(Look::Changed, 1000), LONGEST);
    }

    #[test]
    fn a_change_brings_it_back_to_attention_and_so_does_an_answer_after_failures() {
        for (before, after) in [(Look::Unchanged, Look::Changed), (Look::Failed, Look::Unchanged)] {
            let mut pace = Pace::new();
            for _ in 0..20 {
                pace.after(before, 1);
            }
            assert_eq!(pace.after(after, 1), SHORTEST);
        }
    }
}
