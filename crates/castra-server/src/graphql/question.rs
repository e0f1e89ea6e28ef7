//! Makes the selection of a field into a question to the store: fragments, aliases and variables resolved, `@skip` and
//! `@include` already applied by async-graphql. The answer holds every field under the name that the query gives it.

use std::collections::BTreeMap;

use async_graphql::{SelectionField, Value};
use castra_store::select::{
    Aggregate, Answer, Comparison, Condition, Figure, Filter, Function, Output, OutputValue, Rows, Select,
};
use castra_store::tables::{Column, Kind, Relation, Table};

use super::errors::{Error, quote};
use super::filter::filter;
use super::order::{distinct_on, order_by};

/// A function over the values of a column, as the schema offers it.
pub(super) struct AggregateFunction {
    pub(super) name: &'static str,
    pub(super) takes: fn(Kind) -> bool,
    /// Whether its figures are numbers with fractions whatever the column holds.
    pub(super) is_float: bool,
    function: Function,
}

/// Every function over columns.
pub(super) const FUNCTIONS: &[AggregateFunction] = &[
    AggregateFunction { name: "min", takes: is_ordered, is_float: false, function: Function::Min },
    AggregateFunction { name: "max", takes: is_ordered, is_float: false, function: Function::Max },
    AggregateFunction { name: "sum", takes: is_number, is_float: false, function: Function::Sum },
    AggregateFunction { name: "avg", takes: is_number, is_float: true, function: Function::Avg },
];

fn is_ordered(kind: Kind) -> bool {
    !matches!(kind, Kind::Json | Kind::Boolean | Kind::Uuid)
}

fn is_number(kind: Kind) -> bool {
    matches!(kind, Kind::Int | Kind::Float)
}

/// The rows of `table`, as a list of objects.
pub(super) fn list(table: &'static Table, field: SelectionField<'_>) -> Result<Select, Error> {
    Selected::of(field)?.list(table)
}

/// The figures and rows of `table`.
pub(super) fn aggregate(table: &'static Table, field: SelectionField<'_>) -> Result<Select, Error> {
    Selected::of(field)?.aggregate(table)
}

/// The row of `table` whose id stands in `argument`.
pub(super) fn by_id(
    table: &'static Table,
    field: SelectionField<'_>,
    argument: &str,
) -> Result<Select, Error> {
    let selected = Selected::of(field)?;
    let id = selected.argument(argument).cloned().unwrap_or_default();
    let id = id.into_json().map_err(Error::fault)?;
    let column = known(table.column("id"), "id")?;
    let filter = vec![Filter::Column(column, Condition::Compare(Comparison::Equal, id))];
    let rows = Rows { filter, ..Rows::default() };
    Ok(Select { table, rows, answer: Answer::One(selected.outputs(table)?) })
}

/// A field of the query: all its mentions under one name, which are one field to GraphQL.
struct Selected<'a> {
    name: &'a str,
    arguments: Vec<(String, Value)>,
    mentions: Vec<SelectionField<'a>>,
}

impl<'a> Selected<'a> {
    fn of(field: SelectionField<'a>) -> Result<Self, Error> {
        let arguments = field.arguments().map_err(|error| Error::BadInput(error.message))?;
        let arguments = arguments.into_iter().map(|(name, value)| (name.to_string(), value)).collect();
        Ok(Self { name: field.name(), arguments, mentions: vec![field] })
    }

    fn argument(&self, name: &str) -> Option<&Value> {
        self.arguments.iter().find(|(argument, _)| argument == name).map(|(_, value)| value)
    }

    /// What is selected inside, by the name it has in the answer. `__typename` needs no answer.
    fn inside(&self) -> Result<BTreeMap<&'a str, Selected<'a>>, Error> {
        let mut fields: BTreeMap<&str, Selected<'_>> = BTreeMap::new();
        let mentions = self.mentions.iter().flat_map(SelectionField::selection_set);
        for mention in mentions.filter(|mention| mention.name() != "__typename") {
            let key = mention.alias().unwrap_or(mention.name());
            let field = Selected::of(mention)?;
            match fields.get_mut(key) {
                None => drop(fields.insert(key, field)),
                Some(known) if known.name == field.name && known.arguments == field.arguments => {
                    known.mentions.push(mention);
                }
                Some(_) => {
                    return Err(Error::BadInput(format!(
                        "`{key}` is asked for twice in different ways: give one of them another name"
                    )));
                }
            }
        }
        Ok(fields)
    }

    fn list(&self, table: &'static Table) -> Result<Select, Error> {
        Ok(Select { table, rows: self.rows(table)?, answer: Answer::List(self.outputs(table)?) })
    }

    fn aggregate(&self, table: &'static Table) -> Result<Select, Error> {
        let fields = self.inside()?.into_iter().map(|(key, field)| {
            let aggregate = match field.name {
                "nodes" => Aggregate::Nodes(field.outputs(table)?),
                _ => Aggregate::Figures(field.figures(table)?),
            };
            Ok((key.to_owned(), aggregate))
        });
        let answer = Answer::Aggregate(fields.collect::<Result<_, Error>>()?);
        Ok(Select { table, rows: self.rows(table)?, answer })
    }

    fn rows(&self, table: &'static Table) -> Result<Rows, Error> {
        let argument = |name| self.argument(name).unwrap_or(&Value::Null);
        Ok(Rows {
            filter: filter(table, argument("where"))?,
            distinct_on: distinct_on(table, argument("distinct_on"))?,
            order_by: order_by(table, argument("order_by"))?,
            limit: count("limit", argument("limit"))?,
            offset: count("offset", argument("offset"))?.unwrap_or(0),
        })
    }

    /// The fields of a row's object.
    fn outputs(&self, table: &'static Table) -> Result<Vec<Output>, Error> {
        let fields = self.inside()?.into_iter();
        fields.map(|(key, field)| Ok(Output { key: key.to_owned(), value: field.output(table)? })).collect()
    }

    fn output(&self, table: &'static Table) -> Result<OutputValue, Error> {
        if let Some(column) = table.column(self.name) {
            return Ok(OutputValue::Column(column));
        }
        let (name, of_rows) = match self.name.strip_suffix("_aggregate") {
            Some(name) => (name, true),
            None => (self.name, false),
        };
        let relation = known(table.relation(name), name)?;
        let target = target(relation)?;
        let select = match (relation.many, of_rows) {
            (true, true) => self.aggregate(target)?,
            (true, false) => self.list(target)?,
            (false, _) => {
                Select { table: target, rows: Rows::default(), answer: Answer::One(self.outputs(target)?) }
            }
        };
        Ok(OutputValue::Related(relation, select))
    }

    /// The fields of `aggregate`.
    fn figures(&self, table: &'static Table) -> Result<Vec<(String, Figure)>, Error> {
        let fields = self.inside()?.into_iter().map(|(key, field)| {
            let function = FUNCTIONS.iter().find(|function| function.name == field.name);
            let figure = match function {
                None => Figure::Count,
                Some(function) => Figure::Of(function.function, field.columns(table)?),
            };
            Ok((key.to_owned(), figure))
        });
        fields.collect()
    }

    fn columns(&self, table: &'static Table) -> Result<Vec<(String, &'static Column)>, Error> {
        let fields = self.inside()?.into_iter();
        fields
            .map(|(key, field)| Ok((key.to_owned(), known(table.column(field.name), field.name)?)))
            .collect()
    }
}

/// The table that a relation leads to.
pub(super) fn target(relation: &Relation) -> Result<&'static Table, Error> {
    known(Table::named(relation.target), relation.target)
}

/// What async-graphql's validation lets through is in the description.
pub(super) fn known<T>(it: Option<T>, name: &str) -> Result<T, Error> {
    it.ok_or_else(|| Error::BadInput(format!("`{name}` is not known here")))
}

/// Reads `limit` or `offset`.
fn count(name: &str, value: &Value) -> Result<Option<u64>, Error> {
    match value {
        Value::Null => Ok(None),
        Value::Number(number) if number.as_u64().is_some() => Ok(number.as_u64()),
        other => Err(Error::BadInput(format!("`{name}` takes a whole number from 0, not {}", quote(other)))),
    }
}
