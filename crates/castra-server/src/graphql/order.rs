//! Reads `order_by` and `distinct_on`. An object may stand for a list of one, and the order of its keys counts.

use async_graphql::{Name, Value};
use castra_store::select::{Direction, Order};
use castra_store::tables::{Column, Relation, Table};

use super::errors::{Error, quote};
use super::question::{known, target};

/// The directions of sorting, by name.
pub(super) const DIRECTIONS: &[(&str, Direction)] = &[
    ("asc", Direction::ASCENDING),
    ("asc_nulls_first", Direction { descending: false, nulls_first: true }),
    ("asc_nulls_last", Direction { descending: false, nulls_first: false }),
    ("desc", Direction::DESCENDING),
    ("desc_nulls_first", Direction { descending: true, nulls_first: true }),
    ("desc_nulls_last", Direction { descending: true, nulls_first: false }),
];

/// Reads sort keys.
pub(super) fn order_by(table: &'static Table, value: &Value) -> Result<Vec<Order>, Error> {
    let mut order = Vec::new();
    for value in elements(value) {
        add(&mut order, &[], table, value)?;
    }
    Ok(order)
}

fn add(
    order: &mut Vec<Order>,
    path: &[&'static Relation],
    table: &'static Table,
    value: &Value,
) -> Result<(), Error> {
    let Value::Object(fields) = value else {
        return Err(Error::BadInput(format!("`order_by` takes {{column: asc}}, not {}", quote(value))));
    };
    for (name, value) in fields.iter().filter(|(_, value)| **value != Value::Null) {
        match table.column(name) {
            Some(column) => {
                order.push(Order { path: path.to_vec(), column, direction: direction(name, value)? });
            }
            None => {
                let relation = known(table.relation(name), name)?;
                add(order, &[path, &[relation]].concat(), target(relation)?, value)?;
            }
        }
    }
    Ok(())
}

fn direction(column: &Name, value: &Value) -> Result<Direction, Error> {
    let named = name(value).and_then(|name| DIRECTIONS.iter().find(|(known, _)| *known == name));
    named.map(|(_, direction)| *direction).ok_or_else(|| {
        Error::BadInput(format!("`order_by.{column}` takes asc or desc, not {}", quote(value)))
    })
}

/// Reads columns.
pub(super) fn distinct_on(table: &'static Table, value: &Value) -> Result<Vec<&'static Column>, Error> {
    let column = |value| name(value).and_then(|name| table.column(name));
    elements(value)
        .iter()
        .map(|value| {
            column(value).ok_or_else(|| {
                Error::BadInput(format!(
                    "`distinct_on` takes columns of {}, not {}",
                    table.name,
                    quote(value)
                ))
            })
        })
        .collect()
}

/// A list, one value as a list of one, null as none.
pub(super) fn elements(value: &Value) -> &[Value] {
    match value {
        Value::Null => &[],
        Value::List(values) => values,
        one => std::slice::from_ref(one),
    }
}

/// A name, which is text where it comes from a variable.
fn name(value: &Value) -> Option<&str> {
    match value {
        Value::Enum(name) => Some(name),
        Value::String(name) => Some(name),
        _ => None,
    }
}
