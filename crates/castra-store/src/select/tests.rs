use serde_json::{Value as Json, json};
use tempfile::TempDir;

use super::*;
use crate::tables::{Kind, TABLES};
use crate::{Store, StoreConfig, SystemClock};

/// A store with two projects and four flows; `report` has two versions and labels.
struct Fixture {
    store: Store,
    _directory: TempDir,
}

const TENANT: &str = "00000000-0000-4000-8000-00000000000a";
const NIGHTLY: &str = "00000000-0000-4000-8000-00000000000b";
const OTHER: &str = "00000000-0000-4000-8000-00000000000c";
const TIME: &str = "2026-01-02T03:04:05.678901+00:00";

impl Fixture {
    async fn new() -> Self {
        let directory = TempDir::new().unwrap();
        let config = StoreConfig { path: directory.path().join("castra.db") };
        let store = Store::open(&config, SystemClock).unwrap();
        store
            .write(|transaction| {
                let mut insert = |sql: &str, values: &[&str]| {
                    let values: Vec<_> = values.iter().map(|value| crate::Value::from(*value)).collect();
                    transaction.execute(sql, &values).map(drop)
                };
                insert("insert or ignore into tenant values (?1, 'test', 'test', ?2, ?2)", &[TENANT, TIME])?;
                for (id, name) in [(NIGHTLY, "nightly"), (OTHER, "other")] {
                    insert(
                        "insert into project values (?1, ?2, ?3, null, ?4, ?4)",
                        &[id, TENANT, name, TIME],
                    )?;
                }
                for (number, project, name, version, storage) in [
                    ("1", NIGHTLY, "report", "1", "null"),
                    ("2", NIGHTLY, "report", "2", r#"{"type": "Local", "flows": {"a'b": [1, "x"]}}"#),
                    ("3", NIGHTLY, "Load_50%", "1", r#"["dev", "ml"]"#),
                    ("4", OTHER, "clean", "1", "null"),
                ] {
                    let group = format!("10000000-0000-4000-8000-00000000000{}", &name[..1].len());
                    insert(
                        "insert or ignore into flow_group (id, tenant_id, name, created, updated) values (?1, ?2, ?1, ?3, ?3)",
                        &[&format!("{group}{name}"), TENANT, TIME],
                    )?;
                    insert(
                        "insert into flow (id, tenant_id, project_id, flow_group_id, version_group_id, version, name,
                             serialized_flow, storage, archived, created, updated)
                         values (?1, ?2, ?3, ?4, ?4, cast(?5 as integer), ?6, '{}', nullif(?7, 'null'),
                             ?5 = '1' and ?6 = 'report', ?8, ?8)",
                        &[
                            &format!("20000000-0000-4000-8000-00000000000{number}"),
                            TENANT,
                            project,
                            &format!("{group}{name}"),
                            version,
                            name,
                            storage,
                            &TIME.replace("05.", &format!("0{number}.")),
                        ],
                    )?;
                }
                Ok(())
            })
            .await
            .unwrap();
        Self { store, _directory: directory }
    }

    async fn ask(&self, question: Select) -> Result<Json> {
        let text = self.store.read(move |transaction| select(transaction, &question)).await?;
        Ok(serde_json::from_str(&text).unwrap())
    }

    /// The names and versions of the flows that fulfil a condition, in the order they were made.
    async fn flows(&self, filter: Filter) -> Result<Vec<String>> {
        let rows = Rows { filter: vec![filter], ..Rows::default() };
        let answer = Answer::List(vec![column("flow", "name"), column("flow", "version")]);
        let flows = self.ask(Select { table: table("flow"), rows, answer }).await?;
        let name = |flow: &Json| format!("{} {}", flow["name"].as_str().unwrap(), flow["version"]);
        Ok(flows.as_array().unwrap().iter().map(name).collect())
    }
}

fn table(name: &str) -> &'static Table {
    Table::named(name).unwrap()
}

fn of(table_name: &str, name: &str) -> &'static Column {
    table(table_name).column(name).unwrap()
}

fn column(table_name: &str, name: &str) -> Output {
    Output { key: name.to_owned(), value: OutputValue::Column(of(table_name, name)) }
}

fn related(table_name: &str, name: &str, rows: Rows, answer: Answer) -> Output {
    let relation = table(table_name).relation(name).unwrap();
    let select = Select { table: table(relation.target), rows, answer };
    Output { key: name.to_owned(), value: OutputValue::Related(relation, select) }
}

fn flow(name: &str, condition: Condition) -> Filter {
    Filter::Column(of("flow", name), condition)
}

fn equal(value: impl Into<Json>) -> Condition {
    Condition::Compare(Comparison::Equal, value.into())
}

fn by(table_name: &str, name: &str, direction: Direction) -> Order {
    Order { path: vec![], column: of(table_name, name), direction }
}

/// Every column, and through every relation the id.
fn everything(table: &'static Table) -> Vec<Output> {
    let columns = table.columns.iter().map(|it| column(table.name, it.name));
    let relations = table.relations.iter().map(|relation| {
        let answer = if relation.many { Answer::List } else { Answer::One };
        related(table.name, relation.name, Rows::default(), answer(vec![column(relation.target, "id")]))
    });
    columns.chain(relations).collect()
}

#[test]
fn a_question_is_one_statement() {
    let tasks = Rows { order_by: vec![by("task", "slug", Direction::ASCENDING)], ..Rows::default() };
    let question = Select {
        table: table("flow"),
        rows: Rows {
            filter: vec![
                flow("archived", equal(false)),
                Filter::Related(
                    table("flow").relation("project").unwrap(),
                    vec![Filter::Column(of("project", "name"), equal("nightly"))],
                ),
            ],
            order_by: vec![by("flow", "version", Direction::DESCENDING)],
            limit: Some(1),
            ..Rows::default()
        },
        answer: Answer::List(vec![
            column("flow", "id"),
            column("flow", "storage"),
            related("flow", "tasks", tasks, Answer::List(vec![column("task", "mapped")])),
        ]),
    };
    let statement = compile::compile(&question).unwrap();
    insta::assert_snapshot!(statement.text, @r#"SELECT (SELECT json_group_array(json_object('id', t1."id", 'storage', json(t1."storage"), 'tasks', json((SELECT json_group_array(json_object('mapped', json(CASE t2."mapped" WHEN 1 THEN 'true' WHEN 0 THEN 'false' END))) FROM (SELECT t2."mapped" FROM "task" AS t2 WHERE t2."flow_id" = t1."id" AND TRUE ORDER BY t2."slug" ASC LIMIT ?1 OFFSET ?2) AS t2)))) FROM (SELECT t1."id", t1."storage" FROM "flow" AS t1 WHERE (t1."archived" = ?3 AND EXISTS (SELECT 1 FROM "project" AS t3 WHERE t3."id" = t1."project_id" AND (t3."name" = ?4))) ORDER BY t1."version" DESC LIMIT ?5 OFFSET ?6) AS t1)"#);
    insta::assert_debug_snapshot!(statement.values, @r#"
    [
        Integer(
            100001,
        ),
        Integer(
            0,
        ),
        Integer(
            0,
        ),
        Text(
            "nightly",
        ),
        Integer(
            1,
        ),
        Integer(
            0,
        ),
    ]
    "#);
}

#[tokio::test]
async fn every_column_and_relation_of_every_table_can_be_asked_for() {
    let fixture = Fixture::new().await;
    for table in TABLES {
        let figures = [Function::Min, Function::Max, Function::Sum, Function::Avg].map(|function| {
            let numbers =
                table.columns.iter().filter(|column| matches!(column.kind, Kind::Int | Kind::Float));
            let columns = numbers.map(|column| (column.name.to_owned(), column)).collect();
            (format!("{function:?}"), Figure::Of(function, columns))
        });
        let aggregate = Answer::Aggregate(vec![
            ("aggregate".to_owned(), Aggregate::Figures(figures.into())),
            ("nodes".to_owned(), Aggregate::Nodes(everything(table))),
        ]);
        for answer in [Answer::List(everything(table)), Answer::One(everything(table)), aggregate] {
            let answer = fixture.ask(Select { table, rows: Rows::default(), answer }).await;
            assert!(answer.is_ok(), "{}: {answer:?}", table.name);
        }
    }
}

#[tokio::test]
async fn columns_come_as_their_kind_and_relations_as_objects() {
    let fixture = Fixture::new().await;
    let answer = fixture
        .ask(Select {
            table: table("project"),
            rows: Rows {
                order_by: vec![by("project", "name", Direction::DESCENDING)],
                limit: Some(1),
                offset: 1,
                ..Rows::default()
            },
            answer: Answer::List(vec![
                column("project", "name"),
                column("project", "description"),
                related("project", "tenant", Rows::default(), Answer::One(vec![column("tenant", "slug")])),
                related(
                    "project",
                    "flows",
                    Rows { filter: vec![flow("name", equal("report"))], ..Rows::default() },
                    Answer::List(vec![
                        column("flow", "version"),
                        column("flow", "archived"),
                        column("flow", "storage"),
                        column("flow", "created"),
                    ]),
                ),
            ]),
        })
        .await
        .unwrap();
    insta::assert_json_snapshot!(answer, @r#"
    [
      {
        "name": "nightly",
        "description": null,
        "tenant": {
          "slug": "test"
        },
        "flows": [
          {
            "version": 1,
            "archived": true,
            "storage": null,
            "created": "2026-01-02T03:04:01.678901+00:00"
          },
          {
            "version": 2,
            "archived": false,
            "storage": {
              "type": "Local",
              "flows": {
                "a'b": [
                  1,
                  "x"
                ]
              }
            },
            "created": "2026-01-02T03:04:02.678901+00:00"
          }
        ]
      }
    ]
    "#);
}

#[tokio::test]
async fn rows_are_counted_once_for_each_distinct_value() {
    let fixture = Fixture::new().await;
    let count = |distinct_on| {
        let figures = vec![
            ("count".to_owned(), Figure::Count),
            ("max".to_owned(), Figure::Of(Function::Max, vec![("v".to_owned(), of("flow", "version"))])),
        ];
        let answer = Answer::Aggregate(vec![("aggregate".to_owned(), Aggregate::Figures(figures))]);
        Select { table: table("flow"), rows: Rows { distinct_on, ..Rows::default() }, answer }
    };
    let all = fixture.ask(count(vec![])).await.unwrap();
    assert_eq!(all, json!({"aggregate": {"count": 4, "max": {"v": 2}}}));
    let names = fixture.ask(count(vec![of("flow", "name")])).await.unwrap();
    assert_eq!(names["aggregate"]["count"], 3);
}

#[tokio::test]
async fn the_first_of_each_group_is_the_first_in_order() {
    let fixture = Fixture::new().await;
    let rows = Rows {
        distinct_on: vec![of("flow", "name")],
        order_by: vec![
            by("flow", "name", Direction::ASCENDING),
            by("flow", "version", Direction::DESCENDING),
        ],
        ..Rows::default()
    };
    let answer = Answer::List(vec![column("flow", "name"), column("flow", "version")]);
    let flows = fixture.ask(Select { table: table("flow"), rows, answer }).await.unwrap();
    let expected = json!([
        {"name": "Load_50%", "version": 1}, {"name": "clean", "version": 1}, {"name": "report", "version": 2},
    ]);
    assert_eq!(flows, expected);
}

#[tokio::test]
async fn rows_are_sorted_by_what_they_belong_to_and_nulls_have_their_end() {
    let fixture = Fixture::new().await;
    let project = table("flow").relation("project").unwrap();
    let by_project = |descending| Order {
        path: vec![project],
        column: of("project", "name"),
        direction: if descending { Direction::DESCENDING } else { Direction::ASCENDING },
    };
    let first = |order_by| {
        let rows = Rows { order_by, limit: Some(1), ..Rows::default() };
        let select =
            Select { table: table("flow"), rows, answer: Answer::List(vec![column("flow", "storage")]) };
        async { fixture.ask(select).await.unwrap()[0]["storage"].clone() }
    };
    let newest = by("flow", "created", Direction::DESCENDING);
    assert_eq!(first(vec![by_project(false), newest.clone()]).await, json!(["dev", "ml"]));
    assert_eq!(first(vec![by_project(true), newest]).await, Json::Null, "other comes after nightly");
    assert_eq!(first(vec![by("flow", "storage", Direction::DESCENDING)]).await, Json::Null);
    assert_ne!(first(vec![by("flow", "storage", Direction::ASCENDING)]).await, Json::Null);
    let nulls_first = Direction { descending: false, nulls_first: true };
    assert_eq!(first(vec![by("flow", "storage", nulls_first)]).await, Json::Null);
}

#[tokio::test]
async fn conditions_choose_rows() {
    let fixture = Fixture::new().await;
    let like = |like, ignore_case, pattern: &str| Condition::Like(Like { like, ignore_case }, pattern.into());
    let latest = "2026-01-02T03:04:04.678901+00:00";
    let all = ["report 1", "report 2", "Load_50% 1", "clean 1"];
    let in_project = |name: &str| {
        let project = table("flow").relation("project").unwrap();
        Filter::Related(project, vec![Filter::Column(of("project", "name"), equal(name))])
    };
    let compare = |comparison, value: &str| Condition::Compare(comparison, value.into());
    for (filter, expected) in [
        (flow("archived", equal(true)), &all[..1]),
        (flow("version", Condition::Compare(Comparison::NotEqual, json!(1))), &all[1..2]),
        (flow("version", Condition::Compare(Comparison::Greater, json!(1))), &all[1..2]),
        (flow("name", Condition::In(true, vec![])), &[]),
        (flow("name", Condition::In(false, vec![])), &all),
        (flow("name", Condition::In(true, vec!["clean".into(), "x' or 1=1 --".into()])), &all[3..]),
        (flow("version", Condition::In(false, vec![1.into()])), &all[1..2]),
        (flow("storage", Condition::IsNull(false)), &all[1..3]),
        (flow("name", like(true, false, "l%")), &[]),
        (flow("name", like(true, true, "l%")), &all[2..3]),
        (flow("name", like(true, false, r"Load\_50\%")), &all[2..3]),
        (flow("name", like(true, false, "*")), &[]),
        (flow("name", like(false, false, "%e%")), &all[2..3]),
        (flow("id", equal("{20000000-0000-4000-8000-000000000004}")), &all[3..]),
        (flow("id", equal("no id' or ''='")), &[]),
        (flow("created", compare(Comparison::GreaterOrEqual, latest)), &all[3..]),
        (flow("created", compare(Comparison::Equal, "2026-01-02T03:04:04.678901Z")), &all[3..]),
        (flow("created", compare(Comparison::Equal, "2026-01-02 03:04:04.678901")), &all[3..]),
        (flow("created", compare(Comparison::Equal, "2026-01-02T05:34:04.678901+0230")), &all[3..]),
        (flow("created", compare(Comparison::Less, "2026-01-02")), &[]),
        (flow("storage", Condition::Contains(json!(["ml"]))), &all[2..3]),
        (flow("storage", Condition::Contains(json!({"flows": {"a'b": ["x"]}}))), &all[1..2]),
        (flow("storage", Condition::Contains(json!({"flows": {"a'b": ["y"]}}))), &[]),
        (flow("storage", Condition::HasKey("type".into())), &all[1..2]),
        (flow("storage", Condition::HasKey("dev".into())), &all[2..3]),
        (in_project("other"), &all[3..]),
        (Filter::Not(Box::new(in_project("other"))), &all[..3]),
        (Filter::Any(vec![in_project("other"), flow("version", equal(2))]), &["report 2", "clean 1"]),
        (Filter::Any(vec![]), &[]),
        (Filter::All(vec![]), &all),
    ] {
        let found = fixture.flows(filter.clone()).await.unwrap();
        assert_eq!(found, expected, "{filter:?}");
    }
}

#[tokio::test]
async fn what_cannot_be_compared_is_refused_in_words() {
    let fixture = Fixture::new().await;
    let error = async |filter| fixture.flows(filter).await.unwrap_err().to_string();
    insta::assert_snapshot!(error(flow("created", equal("yesterday"))).await, @r#"`created` cannot be compared with "yesterday": it takes a time such as 2026-01-02T03:04:05.678901+00:00"#);
    insta::assert_snapshot!(error(flow("version", equal("one"))).await, @r#"`version` cannot be compared with "one": it takes a whole number"#);
    insta::assert_snapshot!(error(flow("storage", equal(1))).await, @"`storage` cannot be compared with 1: it takes `_contains` or `_has_key` instead");
    let pattern = Condition::Like(Like { like: true, ignore_case: false }, "%".repeat(2000));
    insta::assert_snapshot!(error(flow("name", pattern)).await, @"the pattern for `name` is longer than 1000 bytes: shorten it");
}

#[tokio::test]
async fn what_is_too_large_is_refused_in_words() {
    let fixture = Fixture::new().await;
    let mut deep = Select { table: table("flow"), rows: Rows::default(), answer: Answer::One(vec![]) };
    for _ in 0..MAX_DEPTH {
        let (table_name, name) =
            if deep.table.name == "flow" { ("tenant", "flows") } else { ("flow", "tenant") };
        let relation = table(table_name).relation(name).unwrap();
        let output = Output { key: name.to_owned(), value: OutputValue::Related(relation, deep) };
        deep = Select { table: table(table_name), rows: Rows::default(), answer: Answer::One(vec![output]) };
    }
    insta::assert_snapshot!(fixture.ask(deep).await.unwrap_err(), @"the query follows relations more than 12 deep: ask for the inner rows by their ids");
    let wide = (0..=MAX_TERMS).map(|_| flow("version", equal(1))).collect();
    insta::assert_snapshot!(fixture.flows(Filter::Any(wide)).await.unwrap_err(), @"the query has more than 600 fields and conditions: split it, and use `_in` for many values");
    let mut nested = flow("version", equal(1));
    for _ in 0..MAX_TERMS - 10 {
        nested = Filter::Not(Box::new(nested));
    }
    let nested = fixture.flows(nested).await;
    assert!(nested.is_ok(), "{nested:?}");
}

#[tokio::test]
async fn an_answer_too_large_to_hold_is_refused_in_words() {
    let fixture = Fixture::new().await;
    let description = "update flow set description = printf('%.*c', 4000000, 'x') where version = 2";
    fixture.store.write(|transaction| transaction.execute(description, &[])).await.unwrap();
    let description = OutputValue::Column(of("flow", "description"));
    let outputs = (0..20).map(|number| Output { key: format!("d{number}"), value: description.clone() });
    let answer = Answer::List(outputs.collect());
    let question = Select { table: table("flow"), rows: Rows::default(), answer };
    insta::assert_snapshot!(fixture.ask(question).await.unwrap_err(), @"the answer would be too large to hold: ask for fewer rows or columns at a time");
    assert_eq!(fixture.flows(flow("version", equal(2))).await.unwrap(), ["report 2"]);
}
