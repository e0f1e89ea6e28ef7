//! When to try again, and after how long. Every mutation of the API is idempotent, so a call whose answer was lost may be
//! sent again. Pure: the random number is passed in.

use std::time::Duration;

/// How often and how patiently a call is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retries {
    /// How many attempts in all, at least 1.
    pub attempts: u32,
    /// The wait after the first attempt; it doubles from one attempt to the next.
    pub first_delay: Duration,
    /// The longest wait.
    pub max_delay: Duration,
}

impl Retries {
    /// For a person who waits: gives up after about a second.
    pub const BRIEF: Retries =
        Retries { attempts: 4, first_delay: Duration::from_millis(100), max_delay: Duration::from_secs(1) };

    /// For a process that must not lose its word: rides out a server's restart, gives up after about ten minutes.
    pub const PATIENT: Retries =
        Retries { attempts: 70, first_delay: Duration::from_millis(100), max_delay: Duration::from_secs(10) };

    /// For a caller that has a loop of its own.
    pub const NONE: Retries = Retries { attempts: 1, first_delay: Duration::ZERO, max_delay: Duration::ZERO };

    /// How long to wait after `attempt` failed (counted from 1), or `None` to give up.
    pub fn delay_after(&self, attempt: u32, random: f64) -> Option<Duration> {
        (attempt < self.attempts).then(|| self.backoff(attempt, random))
    }

    /// The wait after the `attempt`-th failure in a row (counted from 1), however many there were. `random` is in 0..1;
    /// the wait lies between half of the full delay and the full delay, so that those who failed together do not come
    /// back together.
    pub fn backoff(&self, attempt: u32, random: f64) -> Duration {
        let doubled = self.first_delay.saturating_mul(1u32 << attempt.saturating_sub(1).min(16));
        doubled.min(self.max_delay).mul_f64(0.5 + random.clamp(0.0, 1.0) / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_person_waits_for_about_a_second() {
        let delays = |random| (1..).map_while(move |attempt| Retries::BRIEF.delay_after(attempt, random));
        assert_eq!(delays(0.0).sum::<Duration>(), Duration::from_millis(350));
        assert_eq!(delays(1.0).sum::<Duration>(), Duration::from_millis(700));
    }

    proptest! {
        #[test]
        fn a_wait_is_bounded_and_never_nothing(attempt in 1u32.., random in 0.0..1.0f64) {
            let wait = Retries::PATIENT.backoff(attempt, random);
            prop_assert!(wait >= Retries::PATIENT.first_delay / 2 && wait <= Retries::PATIENT.max_delay);
        }
    }
}
