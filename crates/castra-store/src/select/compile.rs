//! Makes a question into one SQL statement. Rows are chosen first, within a subquery, and only the chosen ones are made
//! into JSON, so that what sorts and cuts never carries their relations along.

use std::fmt;

use super::{Aggregate, Answer, Figure, Function, MAX_DEPTH, MAX_TERMS, Output, OutputValue, Select, sqlite};
use crate::tables::{Column, Relation, Table};
use crate::{Result, StoreError, Value};

/// A statement and the values of its parameters.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Statement {
    pub(super) text: String,
    pub(super) values: Vec<Value>,
}

/// Makes `select` into a statement that answers with one row of one column, the JSON.
pub(super) fn compile(select: &Select) -> Result<Statement> {
    let mut writer = Writer::default();
    writer.push("SELECT ");
    writer.answer(select, None)?;
    Ok(writer.statement)
}

/// A table under the name that the statement gives it: the columns of outer tables stay in reach of inner ones.
#[derive(Clone, Copy)]
pub(super) struct Alias(usize);

impl Alias {
    pub(super) fn column(self, name: &str) -> String {
        format!("{self}.\"{name}\"")
    }
}

impl fmt::Display for Alias {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "t{}", self.0)
    }
}

/// How rows hang together with a row of an outer table.
#[derive(Clone, Copy)]
pub(super) struct Join {
    pub(super) outer: Alias,
    pub(super) relation: &'static Relation,
}

/// Writes a statement from left to right.
#[derive(Default)]
pub(super) struct Writer {
    pub(super) statement: Statement,
    aliases: usize,
    depth: usize,
    terms: usize,
}

impl Writer {
    pub(super) fn push(&mut self, sql: &str) {
        self.statement.text.push_str(sql);
    }

    /// Writes a parameter that stands for `value`.
    pub(super) fn bind(&mut self, value: impl Into<Value>) {
        self.statement.values.push(value.into());
        let number = self.statement.values.len();
        self.push(&format!("?{number}"));
    }

    /// Writes `items` with `separator` between them.
    pub(super) fn separated<T>(
        &mut self,
        separator: &str,
        items: impl IntoIterator<Item = T>,
        mut write: impl FnMut(&mut Self, T) -> Result<()>,
    ) -> Result<()> {
        for (place, item) in items.into_iter().enumerate() {
            if place > 0 {
                self.push(separator);
            }
            write(self, item)?;
        }
        Ok(())
    }

    /// Counts a field, a condition or a sort key.
    pub(super) fn term(&mut self) -> Result<()> {
        self.terms += 1;
        if self.terms > MAX_TERMS {
            return Err(StoreError::invalid(format!(
                "the query has more than {MAX_TERMS} fields and conditions: split it, and use `_in` for many values"
            )));
        }
        Ok(())
    }

    /// Writes what belongs to a table one relation further in.
    pub(super) fn inside(&mut self, write: impl FnOnce(&mut Self, Alias) -> Result<()>) -> Result<()> {
        if self.depth == MAX_DEPTH {
            return Err(StoreError::invalid(format!(
                "the query follows relations more than {MAX_DEPTH} deep: ask for the inner rows by their ids"
            )));
        }
        self.depth += 1;
        self.aliases += 1;
        let alias = Alias(self.aliases);
        write(self, alias)?;
        self.depth -= 1;
        Ok(())
    }

    /// Writes a scalar subquery that is the JSON of the answer.
    fn answer(&mut self, select: &Select, join: Option<Join>) -> Result<()> {
        self.inside(|writer, alias| match &select.answer {
            Answer::One(outputs) => {
                writer.push("(SELECT ");
                writer.object(outputs, alias)?;
                writer.push(" FROM ");
                writer.first_row(select, join, alias)?;
                writer.push(")");
                Ok(())
            }
            Answer::List(outputs) => writer.list(select, outputs, join, alias),
            Answer::Aggregate(fields) => {
                writer.push("json_object(");
                writer.separated(", ", fields, |writer, (key, field)| {
                    writer.key(key)?;
                    match field {
                        Aggregate::Figures(figures) => writer.figures(select, figures, join, alias),
                        Aggregate::Nodes(outputs) => {
                            writer.nested(|writer| writer.list(select, outputs, join, alias))
                        }
                    }
                })?;
                writer.push(")");
                Ok(())
            }
        })
    }

    /// Writes a list with an object for each row.
    fn list(&mut self, select: &Select, outputs: &[Output], join: Option<Join>, alias: Alias) -> Result<()> {
        self.push("(SELECT ");
        self.push(sqlite::LIST);
        self.push("(");
        self.object(outputs, alias)?;
        self.push(") FROM ");
        self.listed_rows(select, &needed(outputs), join, alias)?;
        self.push(")");
        Ok(())
    }

    /// Writes the object of a row.
    fn object(&mut self, outputs: &[Output], alias: Alias) -> Result<()> {
        self.push("json_object(");
        self.separated(", ", outputs, |writer, output| {
            writer.key(&output.key)?;
            match &output.value {
                OutputValue::Column(column) => {
                    writer.push(&sqlite::json(column.kind, &alias.column(column.name)));
                    Ok(())
                }
                OutputValue::Related(relation, select) => {
                    let join = Join { outer: alias, relation };
                    writer.nested(|writer| writer.answer(select, Some(join)))
                }
            }
        })?;
        self.push(")");
        Ok(())
    }

    /// Writes an object of figures over all rows.
    fn figures(
        &mut self,
        select: &Select,
        figures: &[(String, Figure)],
        join: Option<Join>,
        alias: Alias,
    ) -> Result<()> {
        self.nested(|writer| {
            writer.push("(SELECT json_object(");
            writer.separated(", ", figures, |writer, (key, figure)| {
                writer.key(key)?;
                match figure {
                    Figure::Count => writer.push("count(*)"),
                    Figure::Of(function, columns) => writer.figure(*function, columns, alias)?,
                }
                Ok(())
            })?;
            writer.push(") FROM ");
            writer.all_rows(select, &columns_of(figures), join, alias)?;
            writer.push(")");
            Ok(())
        })
    }

    /// Writes an object with a figure for each of some columns.
    fn figure(
        &mut self,
        function: Function,
        columns: &[(String, &'static Column)],
        alias: Alias,
    ) -> Result<()> {
        let name = match function {
            Function::Min => "min",
            Function::Max => "max",
            Function::Sum => "sum",
            Function::Avg => "avg",
        };
        self.push("json_object(");
        self.separated(", ", columns, |writer, (key, column)| {
            writer.key(key)?;
            writer.push(&format!("{name}({})", alias.column(column.name)));
            Ok(())
        })?;
        self.push(")");
        Ok(())
    }

    /// Writes the key of an object's field. Keys are names of GraphQL, and quoted as if they were not.
    fn key(&mut self, key: &str) -> Result<()> {
        self.term()?;
        self.push(&format!("'{}', ", key.replace('\'', "''")));
        Ok(())
    }

    /// Writes an expression that is JSON already, so that it is not taken for text.
    fn nested(&mut self, write: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        self.push("json(");
        write(self)?;
        self.push(")");
        Ok(())
    }
}

/// The columns that the objects of rows are made from.
fn needed(outputs: &[Output]) -> Vec<&str> {
    let columns = outputs.iter().map(|output| match &output.value {
        OutputValue::Column(column) => column.name,
        OutputValue::Related(relation, _) => relation.column,
    });
    distinct(columns)
}

/// The columns that figures are made from.
fn columns_of(figures: &[(String, Figure)]) -> Vec<&str> {
    let columns = figures.iter().flat_map(|(_, figure)| match figure {
        Figure::Count => &[],
        Figure::Of(_, columns) => columns.as_slice(),
    });
    distinct(columns.map(|(_, column)| column.name))
}

fn distinct<'a>(columns: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut columns: Vec<_> = columns.collect();
    columns.sort_unstable();
    columns.dedup();
    columns
}

/// The table that a relation leads to.
pub(super) fn target(relation: &Relation) -> Result<&'static Table> {
    Table::named(relation.target)
        .ok_or_else(|| StoreError::Internal(format!("the relation {} leads to no table", relation.name)))
}
