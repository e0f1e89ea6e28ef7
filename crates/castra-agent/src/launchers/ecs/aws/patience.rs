//! Patience: whether a request that was not answered, or was throttled, is sent again, and after how long. Whoever launches
//! holds a claim and asks a few times; whoever stops or finds something asks until there is an answer.

use std::future::Future;
use std::time::Duration;

use castra_client::retry::Retries;
use tokio::time::sleep;

use super::error::AwsError;

/// For whoever holds a claim: about ten seconds.
const BRIEF: Retries =
    Retries { attempts: 6, first_delay: Duration::from_millis(250), max_delay: Duration::from_secs(5) };
/// For ever, looking again at least every ten seconds.
const PATIENT: Retries = Retries {
    attempts: u32::MAX,
    first_delay: Duration::from_millis(250),
    max_delay: Duration::from_secs(10),
};

/// Asks a few times.
pub(crate) async fn retried<T, F>(ask: impl Fn() -> F) -> Result<T, AwsError>
where
    F: Future<Output = Result<T, AwsError>>,
{
    let mut failures = 0;
    loop {
        let error = match ask().await {
            Err(error) if error.is_transient() => error,
            answered => return answered,
        };
        failures += 1;
        let Some(delay) = BRIEF.delay_after(failures, rand::random()) else { return Err(error) };
        tracing::debug!(%error, failures, ?delay, "asking AWS again");
        sleep(delay).await;
    }
}

/// Asks until there is an answer that no waiting mends.
pub(crate) async fn until_answered<T, F>(what: &str, ask: impl Fn() -> F) -> Result<T, AwsError>
where
    F: Future<Output = Result<T, AwsError>>,
{
    let mut failures = 0;
    loop {
        match ask().await {
            Err(error) if error.is_transient() => {
                failures += 1;
                wait_after(failures, &error, what).await;
            }
            answered => return answered,
        }
    }
}

/// Waits after the `failures`-th failure in a row to do `what`.
pub(crate) async fn wait_after(failures: u32, error: &AwsError, what: &str) {
    let delay = PATIENT.backoff(failures, rand::random());
    match failures {
        1 => tracing::warn!(%error, "the agent cannot {what}; it tries again until it can"),
        _ => tracing::debug!(%error, failures, ?delay, "still cannot {what}"),
    }
    sleep(delay).await;
}

/// Logs that the agent may not do `what`, if so.
pub(crate) fn log_refusal(what: &str, answered: Result<(), AwsError>) {
    if let Err(error) = answered {
        refused_by_aws(what, &error);
    }
}

/// Logs that the agent may not do `what`.
pub(crate) fn refused_by_aws(what: &str, error: &AwsError) {
    tracing::error!(%error, "AWS does not let the agent {what}: see its role");
}
