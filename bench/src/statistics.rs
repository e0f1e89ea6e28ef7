//! Percentiles of samples, and how rows are printed.

use std::time::Duration;

/// Samples of a duration.
#[derive(Default)]
pub(crate) struct Samples(Vec<Duration>);

impl Samples {
    /// The duration below which `share` (0 to 1) of the samples lie.
    pub(crate) fn percentile(&mut self, share: f64) -> Duration {
        self.0.sort_unstable();
        at(&self.0, share).unwrap_or_default()
    }

    /// `p50 a ms, p99 b ms, max c ms of n`.
    pub(crate) fn summary(&mut self) -> String {
        let [p50, p99, max] = [0.50, 0.99, 1.0].map(|share| milliseconds(self.percentile(share)));
        format!("p50 {p50} ms, p99 {p99} ms, max {max} ms of {}", self.0.len())
    }
}

impl FromIterator<Duration> for Samples {
    fn from_iter<I: IntoIterator<Item = Duration>>(samples: I) -> Self {
        Self(samples.into_iter().collect())
    }
}

impl Extend<Duration> for Samples {
    fn extend<I: IntoIterator<Item = Duration>>(&mut self, samples: I) {
        self.0.extend(samples);
    }
}

/// How many times as long one took as the other, each pair measured in turn: the median of the pairs, and between which
/// two the middle half of them lies.
pub(crate) fn ratio(pairs: &[(Duration, Duration)]) -> String {
    let mut ratios: Vec<f64> =
        pairs.iter().map(|(this, that)| this.as_secs_f64() / that.as_secs_f64()).collect();
    ratios.sort_unstable_by(f64::total_cmp);
    let [low, median, high] = [0.25, 0.50, 0.75].map(|share| at(&ratios, share).unwrap_or(f64::NAN));
    format!("{median:.2} (middle half of {} pairs: {low:.2} to {high:.2})", ratios.len())
}

/// The value below which `share` (0 to 1) of these lie, which are in order.
fn at<T: Copy>(sorted: &[T], share: f64) -> Option<T> {
    let rank = (sorted.len() as f64 * share).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied()
}

/// Milliseconds with two decimals.
pub(crate) fn milliseconds(duration: Duration) -> String {
    format!("{:.2}", duration.as_secs_f64() * 1e3)
}

/// How many of something a second.
pub(crate) fn rate(count: usize, elapsed: Duration) -> String {
    format!("{:.0}/s", count as f64 / elapsed.as_secs_f64())
}

/// Prints one row of the table.
pub(crate) fn row(measure: &str, value: &str) {
    println!("| {measure} | {value} |");
}
