//! How tasks and runs end: skips, triggers, reference tasks.

use castra::StateKind::{self, Failed, Skipped, Success, TriggerFailed};
use castra::{Flow, Output, Trigger};

use crate::{end, message};

async fn succeed() -> anyhow::Result<u64> {
    Ok(1)
}

async fn fail() -> anyhow::Result<u64> {
    Err(std::io::Error::other("disk on fire"))
        .map_err(|error| anyhow::Error::from(error).context("cannot load"))
}

async fn skip() -> anyhow::Result<u64> {
    Err(castra::skip("no new files"))
}

async fn done() -> anyhow::Result<()> {
    Ok(())
}

async fn ends(write: impl FnOnce(&mut Flow)) -> (StateKind, Vec<StateKind>) {
    let mut flow = Flow::new("ends");
    write(&mut flow);
    let result = flow.run().await.unwrap();
    (result.state().kind(), result.task_runs().iter().map(|run| run.kind()).collect())
}

#[tokio::test]
async fn what_waits_for_a_skipped_task_is_skipped_unless_it_says_otherwise() {
    let (run, tasks) = ends(|flow| {
        let skipped = flow.task("skip", skip).call(());
        let also = flow.task("also", done).after(skipped).call(());
        flow.task("last", done).after(also).call(());
        flow.task("anyway", done).run_on_upstream_skip().after(skipped).call(());
    })
    .await;
    assert_eq!((run, tasks), (Success, vec![Skipped, Skipped, Skipped, Success]));
}

#[tokio::test]
async fn a_failure_is_told_with_its_causes_and_fails_what_waits_for_it() {
    let mut flow = Flow::new("failing");
    let failed = flow.task("fail", fail).call(());
    flow.task("next", done).after(failed).call(());
    let result = flow.run().await.unwrap();
    assert_eq!([end(&result, "fail-1"), end(&result, "next-1")], [Failed, TriggerFailed]);
    insta::assert_snapshot!(message(&result, "fail-1"), @"cannot load: disk on fire");
    insta::assert_snapshot!(result.state().message(), @"1 of 1 runs of the reference tasks failed.");
}

#[tokio::test]
async fn a_trigger_runs_a_task_because_another_failed() {
    let (run, tasks) = ends(|flow| {
        let failed = flow.task("fail", fail).call(());
        let good = flow.task("good", succeed).call(());
        flow.task("alarm", async |amount: Option<u64>| anyhow::Ok(amount.unwrap_or(0)))
            .trigger(Trigger::AnyFailed)
            .after(good)
            .call(failed);
    })
    .await;
    assert_eq!((run, tasks), (Success, vec![Failed, Success, Success]));
}

#[tokio::test]
async fn reference_tasks_decide_how_the_run_ends() {
    let (run, _) = ends(|flow| {
        let failed: Output<u64> = flow.task("fail", fail).call(());
        flow.task("clean up", done).trigger(Trigger::AllFinished).after(failed).call(());
        flow.reference_task(failed);
    })
    .await;
    assert_eq!(run, Failed);
}
