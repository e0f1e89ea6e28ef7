//! Parameters, inputs, slugs and the mistakes one can make.

use castra::{Flow, value};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Row {
    country: String,
    population: u64,
}

async fn extract(country: String) -> anyhow::Result<Vec<Row>> {
    let row = |population| Row { country: country.clone(), population };
    Ok(vec![row(1), row(2)])
}

async fn total(rows: Vec<Row>, factor: u64) -> Result<u64, std::num::ParseIntError> {
    Ok(factor * rows.iter().map(|row| row.population).sum::<u64>())
}

async fn countries(rows: Vec<Row>) -> anyhow::Result<String> {
    Ok(rows.into_iter().map(|row| row.country).collect())
}

fn flow() -> Flow {
    let mut flow = Flow::new("etl");
    let country = flow.parameter("country").default("DE");
    let factor = flow.parameter("factor").default(10);
    let rows = flow.task("extract", extract).call(country);
    flow.task("countries", countries).call(rows);
    flow.task("total", total).call((rows, factor));
    flow
}

#[tokio::test]
async fn results_flow_from_task_to_task() {
    let result = flow().run().parameter("country", "FR").await.unwrap();
    assert!(result.is_successful());
    assert_eq!(result.result::<u64>("total-1").unwrap(), 30);
    assert_eq!(result.result::<String>("countries-1").unwrap(), "FRFR");
}

#[tokio::test]
async fn fixed_values_and_several_results_are_inputs_too() {
    let mut flow = Flow::new("sums");
    let outputs = (1..=3).map(|n: u64| flow.task("double", async |n: u64| anyhow::Ok(2 * n)).call(value(n)));
    let outputs = outputs.collect::<Vec<_>>();
    flow.task("sum", async |numbers: Vec<u64>| anyhow::Ok(numbers.iter().sum::<u64>())).call(outputs);
    let result = flow.run().await.unwrap();
    assert_eq!(result.result::<u64>("sum-1").unwrap(), 12);
    let slugs: Vec<_> = result.task_runs().iter().map(|run| run.slug.as_str()).collect();
    assert_eq!(slugs, ["double-1", "double-2", "double-3", "List-1", "sum-1"]);
}

#[tokio::test]
async fn what_a_run_is_given_must_fit_the_flow() {
    let mut flow = Flow::new("etl");
    let day = flow.parameter("day").required();
    flow.task("print", async |day: String| anyhow::Ok(day)).call(day);
    insta::assert_snapshot!(flow.run().await.unwrap_err(), @"the run needs the parameter day; give a value for each");
    let unknown = flow.run().parameter("week", 7).await.unwrap_err();
    insta::assert_snapshot!(unknown, @"the flow `etl` has no parameter `week`; it has `day`");
}

#[tokio::test]
async fn mistakes_are_told_before_anything_runs() {
    let mistake = |flow: Flow| flow.check().unwrap_err().to_string();
    let number = async |number: u64| anyhow::Ok(number);

    let mut flow = Flow::new("bad default");
    let text = flow.parameter("number").default("ten");
    flow.task("number", number).call(text);
    insta::assert_snapshot!(mistake(flow), @r#"the default of the parameter `number` does not fit the tasks that take it: invalid type: string "ten", expected u64"#);

    let mut other = Flow::new("other");
    let foreign = other.task("number", number).call(value(1));
    let mut flow = Flow::new("flow");
    flow.task("number", number).call(foreign);
    insta::assert_snapshot!(mistake(flow), @"a task of the flow `flow` is given an output of another flow; use outputs of the same flow");

    let mut flow = Flow::new("flow");
    flow.task("number", number).map(value(1));
    insta::assert_snapshot!(mistake(flow), @"the task `number` is mapped, but every input is `unmapped` or a fixed value; use `call` instead");

    let mut flow = Flow::new("flow");
    let _: [castra::Output<u64>; 2] = [flow.parameter("n").required(), flow.parameter("n").required()];
    insta::assert_snapshot!(mistake(flow), @"there are two parameters `n`; keep the output of the first and use it twice");
}
