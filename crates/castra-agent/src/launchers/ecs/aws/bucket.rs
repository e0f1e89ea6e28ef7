//! Token buckets: how fast requests of one kind may go out, so that a burst of launches does not run into AWS' own
//! limits, which it shares with everything else in the account. Pure; the clock is passed in.

use std::time::Duration;

use tokio::time::Instant;

/// How many requests of a kind may go out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rate {
    /// At once, after a while without any.
    pub(super) burst: f64,
    /// Per second, in the long run.
    pub(super) per_second: f64,
}

/// A bucket of tokens, one for each request.
#[derive(Debug)]
pub(super) struct Bucket {
    rate: Rate,
    /// Less than none: so many requests wait for theirs.
    tokens: f64,
    filled: Instant,
}

impl Bucket {
    /// A full bucket.
    pub(super) fn new(rate: Rate, now: Instant) -> Self {
        Self { rate, tokens: rate.burst, filled: now }
    }

    /// Takes the token of one request, and says how long to wait until there is one.
    pub(super) fn take(&mut self, now: Instant) -> Duration {
        self.fill(now);
        self.tokens -= 1.0;
        Duration::from_secs_f64((-self.tokens / self.rate.per_second).max(0.0))
    }

    /// AWS says that it was too much: the account's own bucket is empty, and so is this one.
    pub(super) fn drain(&mut self, now: Instant) {
        self.fill(now);
        self.tokens = self.tokens.min(0.0);
    }

    fn fill(&mut self, now: Instant) {
        let since = now.saturating_duration_since(self.filled).as_secs_f64();
        self.tokens = (self.tokens + since * self.rate.per_second).min(self.rate.burst);
        self.filled = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { burst: 3.0, per_second: 2.0 };

    #[test]
    fn a_burst_goes_out_at_once_and_the_rest_at_the_rate() {
        let now = Instant::now();
        let mut bucket = Bucket::new(RATE, now);
        let waits = [(); 6].map(|()| bucket.take(now).as_millis());
        assert_eq!(waits, [0, 0, 0, 500, 1000, 1500]);
    }

    #[test]
    fn it_fills_again_up_to_the_burst() {
        let now = Instant::now();
        let mut bucket = Bucket::new(RATE, now);
        bucket.take(now);
        let later = now + Duration::from_secs(60);
        let waits = [(); 4].map(|()| bucket.take(later).as_millis());
        assert_eq!(waits, [0, 0, 0, 500]);
    }

    #[test]
    fn a_drained_bucket_has_nothing_left_for_a_burst() {
        let now = Instant::now();
        let mut bucket = Bucket::new(RATE, now);
        bucket.drain(now);
        assert_eq!(bucket.take(now).as_millis(), 500);
    }
}
