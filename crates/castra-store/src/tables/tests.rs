use super::*;
use crate::{Store, StoreConfig, SystemClock};

/// What the description leaves out on purpose: a secret, and what only claims and searches need.
const UNDESCRIBED: &[&str] = &["launch.credential_sha256", "flow_run.route_id"];
const UNDESCRIBED_TABLES: &[&str] = &["route", "log_block"];

/// A column as SQLite tells it: `table.name type`, with `not null` where it is.
fn described() -> Vec<String> {
    let columns = TABLES.iter().flat_map(|table| {
        table.columns.iter().map(|column| {
            let sql = match column.kind {
                Kind::Uuid | Kind::Text | Kind::Timestamp | Kind::Json => "TEXT",
                Kind::Int | Kind::Boolean => "INTEGER",
                Kind::Float => "REAL",
            };
            let not_null = if column.nullable { "" } else { " not null" };
            format!("{}.{} {sql}{not_null}", table.name, column.name)
        })
    });
    columns.collect()
}

async fn migrated() -> Vec<String> {
    let directory = tempfile::TempDir::new().unwrap();
    let config = StoreConfig { path: directory.path().join("castra.db") };
    let store = Store::open(&config, SystemClock).unwrap();
    let sql = "select t.name, c.name, upper(c.type), c.\"notnull\" or c.pk
        from sqlite_schema as t, pragma_table_info(t.name) as c
        where t.type = 'table' and t.name not like 'sqlite_%'";
    let columns = store.read(|transaction| {
        transaction.query(sql, &[], |row| {
            let (table, name, kind): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let not_null = if row.get(3)? { " not null" } else { "" };
            Ok((table.clone(), format!("{table}.{name}"), format!(" {kind}{not_null}")))
        })
    });
    let columns = columns.await.unwrap().into_iter();
    columns
        .filter(|(table, name, _)| {
            !UNDESCRIBED_TABLES.contains(&table.as_str()) && !UNDESCRIBED.contains(&name.as_str())
        })
        .map(|(_, name, kind)| name + &kind)
        .collect()
}

#[tokio::test]
async fn the_description_is_the_migrated_schema() {
    let (described, migrated) = (described(), migrated().await);
    let missing: Vec<_> = migrated.iter().filter(|column| !described.contains(column)).collect();
    let unknown: Vec<_> = described.iter().filter(|column| !migrated.contains(column)).collect();
    assert!(
        missing.is_empty() && unknown.is_empty(),
        "not described: {missing:?}; not in the schema: {unknown:?}"
    );
}

#[test]
fn every_column_and_relation_is_described_once() {
    for table in TABLES {
        let columns = table.columns.iter().map(|column| column.name);
        let mut names: Vec<_> = columns.chain(table.relations.iter().map(|relation| relation.name)).collect();
        let described = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), described, "{}", table.name);
    }
}

#[test]
fn relations_lead_from_columns_to_columns() {
    for table in TABLES {
        assert!(table.column("id").is_some(), "{}", table.name);
        for relation in table.relations {
            let place = format!("{}.{}", table.name, relation.name);
            let target = Table::named(relation.target).unwrap_or_else(|| panic!("{place}"));
            assert!(table.column(relation.column).is_some(), "{place}");
            assert!(target.column(relation.target_column).is_some(), "{place}");
        }
    }
}
