//! Questions to the tables: what is asked (this file), made into one SQL statement that answers with JSON (`compile.rs`,
//! `filter.rs`, `rows.rs`), with what only SQLite says that way apart (`sqlite.rs`).

mod compile;
mod filter;
mod operand;
mod rows;
mod sqlite;
#[cfg(test)]
mod tests;

use serde_json::Value as Json;

use crate::tables::{Column, Relation, Table};
use crate::{Result, Transaction};

/// The most rows that one list of an answer may have. A longer one is cut one row later, so that whoever reads it can tell.
pub const MAX_ROWS: usize = 100_000;
/// How deep relations may be followed, in what is asked for and in filters.
pub(crate) const MAX_DEPTH: usize = 12;
/// How many fields, conditions and sort keys one question may have. SQLite's own bound on expressions is near.
pub(crate) const MAX_TERMS: usize = 600;

/// A question to one table.
#[derive(Clone, Debug)]
pub struct Select {
    /// The table.
    pub table: &'static Table,
    /// Which of its rows, in which order.
    pub rows: Rows,
    /// What to make of them.
    pub answer: Answer,
}

/// Which rows of a table, in which order.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    /// Only those that fulfil all of these.
    pub filter: Vec<Filter>,
    /// The first of each group of rows that agree in these columns.
    pub distinct_on: Vec<&'static Column>,
    /// How they are sorted, the most significant key first.
    pub order_by: Vec<Order>,
    /// How many at most.
    pub limit: Option<u64>,
    /// How many are passed over.
    pub offset: u64,
}

/// What is made of rows.
#[derive(Clone, Debug)]
pub enum Answer {
    /// The first row as an object, or null.
    One(Vec<Output>),
    /// A list of objects.
    List(Vec<Output>),
    /// An object of figures over all rows, and the rows themselves.
    Aggregate(Vec<(String, Aggregate)>),
}

/// A field of an object in the answer.
#[derive(Clone, Debug)]
pub struct Output {
    /// The field's name in the answer.
    pub key: String,
    /// What it holds.
    pub value: OutputValue,
}

/// What a field of a row's object holds.
#[derive(Clone, Debug)]
pub enum OutputValue {
    /// A column.
    Column(&'static Column),
    /// What is asked about the rows that a relation leads to.
    Related(&'static Relation, Select),
}

/// A field of an aggregate.
#[derive(Clone, Debug)]
pub enum Aggregate {
    /// An object of figures.
    Figures(Vec<(String, Figure)>),
    /// The rows, as a list of objects.
    Nodes(Vec<Output>),
}

/// A figure over rows.
#[derive(Clone, Debug)]
pub enum Figure {
    /// How many.
    Count,
    /// A function of columns: an object with one figure for each.
    Of(Function, Vec<(String, &'static Column)>),
}

/// A function over the values of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// The least.
    Min,
    /// The greatest.
    Max,
    /// The sum.
    Sum,
    /// The mean.
    Avg,
}

/// A condition on a row.
#[derive(Clone, Debug)]
pub enum Filter {
    /// All of these.
    All(Vec<Filter>),
    /// At least one of these.
    Any(Vec<Filter>),
    /// Not this.
    Not(Box<Filter>),
    /// On a column.
    Column(&'static Column, Condition),
    /// A row that the relation leads to fulfils all of these.
    Related(&'static Relation, Vec<Filter>),
}

/// A condition on a column. Operands are JSON as it was sent; they are read as the column's kind demands.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// Compares with a value. Nothing compares with null.
    Compare(Comparison, Json),
    /// Is, or is not, among these.
    In(bool, Vec<Json>),
    /// Is null, or is not.
    IsNull(bool),
    /// Is like a pattern of SQL, or is not.
    Like(Like, String),
    /// Contains this JSON, as PostgreSQL's `@>`: objects by key, lists in any order.
    Contains(Json),
    /// Is a JSON object with this key, or a JSON list with this text in it.
    HasKey(String),
}

/// How a column compares with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `<>`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// How a text compares with a pattern, in which `%` stands for any text, `_` for any character and `\` takes these two
/// as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Like {
    /// Whether it shall be like the pattern or unlike it.
    pub like: bool,
    /// Whether upper and lower case are one (for ASCII letters).
    pub ignore_case: bool,
}

/// A sort key.
#[derive(Clone, Debug)]
pub struct Order {
    /// The relations, each to at most one row, that lead to the row which has the column.
    pub path: Vec<&'static Relation>,
    /// The column.
    pub column: &'static Column,
    /// The direction.
    pub direction: Direction,
}

/// A direction of sorting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Direction {
    /// From the greatest down.
    pub descending: bool,
    /// Nulls first or last. PostgreSQL holds null for the greatest, and so does everyone who relies on Prefect's API.
    pub nulls_first: bool,
}

impl Direction {
    /// From the least up, nulls last.
    pub const ASCENDING: Self = Self { descending: false, nulls_first: false };
    /// From the greatest down, nulls first.
    pub const DESCENDING: Self = Self { descending: true, nulls_first: true };
}

/// Answers a question with the text of a JSON value.
///
/// # Errors
/// [`StoreError::Invalid`](crate::StoreError::Invalid) names the column and the value that cannot be read, or the bound that is
/// exceeded.
pub fn select(transaction: &mut Transaction<'_>, select: &Select) -> Result<String> {
    let statement = compile::compile(select)?;
    tracing::trace!(statement = statement.text);
    let answer =
        transaction.query_one(&statement.text, &statement.values, |row| row.get::<Option<String>>(0))?;
    Ok(answer.unwrap_or_else(|| "null".to_owned()))
}
