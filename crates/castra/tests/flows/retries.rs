//! Retries, delays, timeouts and panics. Time is tokio's paused clock: delays pass at once.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use castra::StateKind::{Failed, Retrying, Running, Success, TimedOut};
use castra::{Flow, Output};
use tokio::time::Instant;

use crate::{message, states};

const DELAY: Duration = Duration::from_secs(3600);

#[tokio::test(start_paused = true)]
async fn a_failed_attempt_is_followed_by_another_after_the_delay() {
    let mut flow = Flow::new("flaky");
    let flaky = async || {
        let attempt = castra::context().attempt;
        anyhow::ensure!(attempt > 2, "attempt {attempt} fails");
        Ok(attempt)
    };
    flow.task("flaky", flaky).retries(3, DELAY).call(());
    let begun = Instant::now();
    let result = flow.run().await.unwrap();
    assert_eq!(begun.elapsed().as_secs(), 2 * DELAY.as_secs());
    assert_eq!(result.result::<u32>("flaky-1").unwrap(), 3);
    assert_eq!(
        states(&result, "flaky-1", None),
        [Running, Failed, Retrying, Running, Failed, Retrying, Running, Success]
    );
    let retrying = &result.task_runs()[0].states[2].state;
    assert_eq!(retrying.field("run_count"), Some(&1.into()));
    assert!(retrying.start_time().is_some());
    insta::assert_snapshot!(retrying.message(), @"Attempt 1 of 4 failed; the next one follows in 3600s.");
}

#[tokio::test(start_paused = true)]
async fn retries_come_to_an_end_and_some_errors_are_not_retried() {
    static ATTEMPTS: AtomicU32 = AtomicU32::new(0);
    let mut flow = Flow::new("failing");
    let _: Output<()> = flow.task("ever", async || anyhow::bail!("no")).retries(1, DELAY).call(());
    let closed = async || {
        ATTEMPTS.fetch_add(1, Ordering::Relaxed);
        Err::<(), _>(castra::fail("the account is closed"))
    };
    flow.task("closed", closed).retries(5, DELAY).call(());
    let result = flow.run().await.unwrap();
    assert_eq!(states(&result, "ever-1", None), [Running, Failed, Retrying, Running, Failed]);
    assert_eq!(states(&result, "closed-1", None), [Running, Failed]);
    assert_eq!(ATTEMPTS.load(Ordering::Relaxed), 1);
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_takes_too_long_is_ended() {
    let mut flow = Flow::new("slow");
    let slow = async || {
        tokio::time::sleep(DELAY).await;
        anyhow::Ok(())
    };
    flow.task("slow", slow).timeout(Duration::from_secs(1)).retries(1, DELAY).call(());
    let result = flow.run().await.unwrap();
    assert_eq!(states(&result, "slow-1", None), [Running, TimedOut, Retrying, Running, TimedOut]);
    insta::assert_snapshot!(message(&result, "slow-1"), @"The attempt took longer than 1s.");
}

#[tokio::test]
async fn a_panic_is_a_failure_with_its_message() {
    let mut flow = Flow::new("panic");
    let panics = async |index: usize| anyhow::Ok([1, 2, 3][index]);
    let index = flow.parameter("index").default(7);
    flow.task("panics", panics).call(index);
    let result = flow.run().await.unwrap();
    assert_eq!(states(&result, "panics-1", None), [Running, Failed]);
    insta::assert_snapshot!(message(&result, "panics-1"), @"The task panicked: index out of bounds: the len is 3 but the index is 7");
}
