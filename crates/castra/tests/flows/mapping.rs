//! Tasks with a run per item.

use castra::StateKind::{Failed, Mapped, Running, Success, TriggerFailed};
use castra::{Flow, Output, Trigger, flatten, unmapped};

use crate::{end, message, states};

async fn numbers() -> anyhow::Result<Vec<u64>> {
    Ok(vec![1, 2, 3])
}

async fn double(number: u64) -> anyhow::Result<u64> {
    Ok(2 * number)
}

async fn odd_only(number: u64) -> anyhow::Result<u64> {
    anyhow::ensure!(number % 2 == 1, "{number} is even");
    Ok(number)
}

async fn add(one: u64, other: u64) -> anyhow::Result<u64> {
    Ok(one + other)
}

async fn sum(numbers: Vec<u64>) -> anyhow::Result<u64> {
    Ok(numbers.iter().sum())
}

#[tokio::test]
async fn a_mapped_task_runs_once_per_item_and_gives_the_list_of_results() {
    let mut flow = Flow::new("map");
    let numbers = flow.task("numbers", numbers).call(());
    let doubled = flow.task("double", double).map(numbers);
    let total = flow.task("sum", sum).call(numbers);
    let added = flow.task("add", add).map((doubled, unmapped(total)));
    flow.task("sum", sum).call(added);
    let result = flow.run().await.unwrap();
    assert_eq!(result.result::<Vec<u64>>("add-1").unwrap(), [8, 10, 12]);
    assert_eq!(result.result::<u64>("sum-2").unwrap(), 30);
    assert_eq!(states(&result, "double-1", None), [Mapped]);
    assert_eq!(states(&result, "double-1", Some(2)), [Running, Success]);
}

#[tokio::test]
async fn the_shortest_list_decides_and_lists_of_lists_are_flattened() {
    let mut flow = Flow::new("map");
    let lists = flow.parameter("lists").default([vec![1, 2], vec![3, 4, 5]]);
    let numbers = flow.task("numbers", numbers).call(());
    flow.task("add", add).map((flatten(lists), numbers));
    let result = flow.run().await.unwrap();
    assert_eq!(result.result::<Vec<u64>>("add-1").unwrap(), [2, 4, 6]);
}

#[tokio::test]
async fn an_empty_list_has_no_children_and_succeeds() {
    let mut flow = Flow::new("map");
    let empty = flow.parameter("empty").default(Vec::<u64>::new());
    let doubled = flow.task("double", double).map(empty);
    flow.task("sum", sum).call(doubled);
    let result = flow.run().await.unwrap();
    assert_eq!(states(&result, "double-1", None), [Mapped]);
    assert_eq!(result.result::<u64>("sum-1").unwrap(), 0);
}

#[tokio::test]
async fn children_follow_the_children_of_the_same_index() {
    let mut flow = Flow::new("map");
    let numbers = flow.task("numbers", numbers).call(());
    let odd = flow.task("odd", odd_only).map(numbers);
    let doubled = flow.task("double", double).map(odd);
    flow.task("sum", sum).call(doubled);
    flow.task("present", async |odd: Vec<Option<u64>>| anyhow::Ok(odd.iter().flatten().count()))
        .trigger(Trigger::AnySuccessful)
        .call(odd);
    let result = flow.run().await.unwrap();
    assert_eq!(states(&result, "odd-1", Some(1)), [Running, Failed]);
    let ends = [0, 1, 2].map(|index| *states(&result, "double-1", Some(index)).last().unwrap());
    assert_eq!(ends, [Success, TriggerFailed, Success]);
    assert_eq!(end(&result, "sum-1"), TriggerFailed);
    assert_eq!(result.result::<usize>("present-1").unwrap(), 2);
    assert!(!result.is_successful());
}

#[tokio::test]
async fn without_a_list_there_is_nothing_to_map_over() {
    let mut flow = Flow::new("map");
    let failing: Output<Vec<u64>> = flow.task("failing", async || anyhow::bail!("no numbers today")).call(());
    flow.task("double", double).map(failing);
    let result = flow.run().await.unwrap();
    assert_eq!(end(&result, "double-1"), Failed);
    insta::assert_snapshot!(message(&result, "double-1"), @"There is nothing to map over: an upstream task did not succeed.");
}
