//! Reads `where`. A comparison with null is no condition, as in the Hasura of Prefect 1's time, and its client relies on it:
//! `prefect get flows` sends `name: { _eq: null }`.

use async_graphql::Value;
use castra_store::select::{Comparison, Condition, Filter, Like};
use castra_store::tables::{Column, Table};

use super::errors::{Error, quote};
use super::order::elements;
use super::question::{known, target};

/// The operators that compare with one value.
pub(super) const ORDER_OPERATORS: &[(&str, Comparison)] = &[
    ("_eq", Comparison::Equal),
    ("_neq", Comparison::NotEqual),
    ("_lt", Comparison::Less),
    ("_lte", Comparison::LessOrEqual),
    ("_gt", Comparison::Greater),
    ("_gte", Comparison::GreaterOrEqual),
];
/// The operators that compare with a pattern.
pub(super) const LIKE_OPERATORS: &[(&str, Like)] = &[
    ("_like", Like { like: true, ignore_case: false }),
    ("_nlike", Like { like: false, ignore_case: false }),
    ("_ilike", Like { like: true, ignore_case: true }),
    ("_nilike", Like { like: false, ignore_case: true }),
];

/// Reads what rows of `table` must fulfil.
pub(super) fn filter(table: &'static Table, value: &Value) -> Result<Vec<Filter>, Error> {
    let fields = match value {
        Value::Null => return Ok(Vec::new()),
        Value::Object(fields) => fields,
        other => {
            return Err(Error::BadInput(format!(
                "a condition takes {{column: {{_eq: …}}}}, not {}",
                quote(other)
            )));
        }
    };
    let mut filters = Vec::new();
    for (name, value) in fields.iter().filter(|(_, value)| **value != Value::Null) {
        match name.as_str() {
            "_and" => filters.push(Filter::All(all(table, value)?)),
            "_or" => filters.push(Filter::Any(all(table, value)?)),
            "_not" => filters.push(Filter::Not(Box::new(Filter::All(filter(table, value)?)))),
            name => filters.extend(named(table, name, value)?),
        }
    }
    Ok(filters)
}

/// Reads a list of conditions, each of which may have several parts.
fn all(table: &'static Table, value: &Value) -> Result<Vec<Filter>, Error> {
    elements(value).iter().map(|value| filter(table, value).map(Filter::All)).collect()
}

/// Reads the conditions on a column or a relation.
fn named(table: &'static Table, name: &str, value: &Value) -> Result<Vec<Filter>, Error> {
    if let Some(column) = table.column(name) {
        return conditions(column, value);
    }
    let relation = known(table.relation(name), name)?;
    Ok(vec![Filter::Related(relation, filter(target(relation)?, value)?)])
}

fn conditions(column: &'static Column, value: &Value) -> Result<Vec<Filter>, Error> {
    let Value::Object(operators) = value else {
        return Err(Error::BadInput(format!("`{}` takes {{_eq: …}}, not {}", column.name, quote(value))));
    };
    let given = operators.iter().filter(|(_, value)| **value != Value::Null);
    given.map(|(operator, value)| Ok(Filter::Column(column, condition(column, operator, value)?))).collect()
}

fn condition(column: &Column, operator: &str, value: &Value) -> Result<Condition, Error> {
    let json = || value.clone().into_json().map_err(Error::fault);
    let wrong = |needed| {
        Error::BadInput(format!("`{}.{operator}` takes {needed}, not {}", column.name, quote(value)))
    };
    if let Some((_, comparison)) = ORDER_OPERATORS.iter().find(|(name, _)| *name == operator) {
        return Ok(Condition::Compare(*comparison, json()?));
    }
    if let Some((_, like)) = LIKE_OPERATORS.iter().find(|(name, _)| *name == operator) {
        let Value::String(pattern) = value else { return Err(wrong("a pattern")) };
        return Ok(Condition::Like(*like, pattern.clone()));
    }
    match (operator, value) {
        ("_in" | "_nin", value) => {
            let values = elements(value).iter().map(|value| value.clone().into_json().map_err(Error::fault));
            Ok(Condition::In(operator == "_in", values.collect::<Result<_, _>>()?))
        }
        ("_is_null", Value::Boolean(null)) => Ok(Condition::IsNull(*null)),
        ("_is_null", _) => Err(wrong("true or false")),
        ("_contains", _) => Ok(Condition::Contains(json()?)),
        ("_has_key", Value::String(key)) => Ok(Condition::HasKey(key.clone())),
        _ => Err(wrong("text")),
    }
}
