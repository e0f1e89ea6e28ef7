//! Writes which rows of a table a question is about: joined to an outer row, filtered, one of each group, sorted, cut.

use super::compile::{Alias, Join, Writer, target};
use super::{Direction, MAX_ROWS, Order, Rows, Select};
use crate::tables::{Relation, Table};
use crate::{Result, Value};

/// The name of the column that numbers the rows of a group.
const PLACE: &str = "place in group";

impl Writer {
    /// Writes the rows of a list, with the columns it needs.
    pub(super) fn listed_rows(
        &mut self,
        select: &Select,
        columns: &[&str],
        join: Option<Join>,
        alias: Alias,
    ) -> Result<()> {
        let cut = MAX_ROWS as u64 + 1;
        let limit = select.rows.limit.map_or(cut, |limit| limit.min(cut));
        self.chosen(select, columns, Some(limit), join, alias)
    }

    /// Writes all rows, as many as there are, with the columns that figures need.
    pub(super) fn all_rows(
        &mut self,
        select: &Select,
        columns: &[&str],
        join: Option<Join>,
        alias: Alias,
    ) -> Result<()> {
        self.chosen(select, columns, select.rows.limit, join, alias)
    }

    /// Writes the table and its conditions, of which one row is taken.
    pub(super) fn first_row(&mut self, select: &Select, join: Option<Join>, alias: Alias) -> Result<()> {
        self.table(select.table, alias);
        self.conditions(&select.rows, join, alias)?;
        self.order(&select.rows.order_by, alias)?;
        self.push(" LIMIT 1");
        Ok(())
    }

    fn chosen(
        &mut self,
        select: &Select,
        columns: &[&str],
        limit: Option<u64>,
        join: Option<Join>,
        alias: Alias,
    ) -> Result<()> {
        let rows = &select.rows;
        self.push("(SELECT ");
        if columns.is_empty() {
            self.push("1");
        }
        self.separated(", ", columns, |writer, column| {
            writer.push(&alias.column(column));
            Ok(())
        })?;
        self.push(" FROM ");
        if rows.distinct_on.is_empty() {
            self.table(select.table, alias);
            self.conditions(rows, join, alias)?;
        } else {
            self.first_of_each_group(select, join, alias)?;
        }
        self.order(&rows.order_by, alias)?;
        self.cut(limit, rows.offset);
        self.push(") AS ");
        self.name(alias);
        Ok(())
    }

    /// Writes the rows that come first in their groups.
    fn first_of_each_group(&mut self, select: &Select, join: Option<Join>, alias: Alias) -> Result<()> {
        let rows = &select.rows;
        self.push("(SELECT *, row_number() OVER (PARTITION BY ");
        self.separated(", ", &rows.distinct_on, |writer, column| {
            writer.term()?;
            writer.push(&alias.column(column.name));
            Ok(())
        })?;
        self.order(&rows.order_by, alias)?;
        self.push(&format!(") AS \"{PLACE}\" FROM "));
        self.table(select.table, alias);
        self.conditions(rows, join, alias)?;
        self.push(") AS ");
        self.name(alias);
        self.push(&format!(" WHERE {} = 1", alias.column(PLACE)));
        Ok(())
    }

    fn conditions(&mut self, rows: &Rows, join: Option<Join>, alias: Alias) -> Result<()> {
        if join.is_none() && rows.filter.is_empty() {
            return Ok(());
        }
        self.push(" WHERE ");
        if let Some(join) = join {
            self.join(join, alias);
            self.push(" AND ");
        }
        self.all(&rows.filter, alias)
    }

    /// Writes that rows hang together.
    pub(super) fn join(&mut self, join: Join, alias: Alias) {
        let Join { outer, relation } = join;
        let condition =
            format!("{} = {}", alias.column(relation.target_column), outer.column(relation.column));
        self.push(&condition);
    }

    fn order(&mut self, order_by: &[Order], alias: Alias) -> Result<()> {
        if !order_by.is_empty() {
            self.push(" ORDER BY ");
        }
        self.separated(", ", order_by, |writer, order| {
            writer.term()?;
            writer.sort_key(&order.path, order.column.name, alias)?;
            let Direction { descending, nulls_first } = order.direction;
            writer.push(if descending { " DESC" } else { " ASC" });
            // Said only where it says something: an index serves a sort without it.
            if order.column.nullable || !order.path.is_empty() {
                writer.push(if nulls_first { " NULLS FIRST" } else { " NULLS LAST" });
            }
            Ok(())
        })
    }

    /// Writes a column of the row that `path` leads to.
    fn sort_key(&mut self, path: &[&'static Relation], column: &str, alias: Alias) -> Result<()> {
        let Some((relation, rest)) = path.split_first() else {
            self.push(&alias.column(column));
            return Ok(());
        };
        self.inside(|writer, inner| {
            writer.push("(SELECT ");
            writer.sort_key(rest, column, inner)?;
            writer.push(" FROM ");
            writer.table(target(relation)?, inner);
            writer.push(" WHERE ");
            writer.join(Join { outer: alias, relation }, inner);
            writer.push(" LIMIT 1)");
            Ok(())
        })
    }

    fn cut(&mut self, limit: Option<u64>, offset: u64) {
        if limit.is_none() && offset == 0 {
            return;
        }
        let number = |number: u64| Value::Integer(i64::try_from(number).unwrap_or(i64::MAX));
        self.push(" LIMIT ");
        self.bind(number(limit.unwrap_or(u64::MAX)));
        self.push(" OFFSET ");
        self.bind(number(offset));
    }

    /// Writes a table and its name.
    pub(super) fn table(&mut self, table: &Table, alias: Alias) {
        self.push(&format!("\"{}\" AS ", table.name));
        self.name(alias);
    }

    fn name(&mut self, alias: Alias) {
        self.push(&alias.to_string());
    }
}
