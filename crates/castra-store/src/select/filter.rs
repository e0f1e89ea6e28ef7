//! Writes conditions.

use serde_json::Value as Json;

use super::compile::{Alias, Join, Writer, target};
use super::{Comparison, Condition, Filter, operand, sqlite};
use crate::Result;
use crate::tables::Column;

impl Writer {
    /// Writes that all of `filters` hold.
    pub(super) fn all(&mut self, filters: &[Filter], alias: Alias) -> Result<()> {
        self.combined(filters, " AND ", "TRUE", alias)
    }

    fn combined(&mut self, filters: &[Filter], separator: &str, none: &str, alias: Alias) -> Result<()> {
        if filters.is_empty() {
            self.push(none);
            return Ok(());
        }
        self.push("(");
        self.separated(separator, filters, |writer, filter| writer.filter(filter, alias))?;
        self.push(")");
        Ok(())
    }

    fn filter(&mut self, filter: &Filter, alias: Alias) -> Result<()> {
        self.term()?;
        match filter {
            Filter::All(filters) => self.all(filters, alias),
            Filter::Any(filters) => self.combined(filters, " OR ", "FALSE", alias),
            Filter::Not(filter) => {
                self.push("NOT ");
                self.filter(filter, alias)
            }
            Filter::Column(column, condition) => {
                self.condition(column, condition, &alias.column(column.name))
            }
            Filter::Related(relation, filters) => self.inside(|writer, inner| {
                writer.push("EXISTS (SELECT 1 FROM ");
                writer.table(target(relation)?, inner);
                writer.push(" WHERE ");
                writer.join(Join { outer: alias, relation }, inner);
                writer.push(" AND ");
                writer.all(filters, inner)?;
                writer.push(")");
                Ok(())
            }),
        }
    }

    fn condition(&mut self, column: &Column, condition: &Condition, expression: &str) -> Result<()> {
        match condition {
            Condition::Compare(comparison, value) => {
                let value = operand::read(column, value)?;
                self.push(&format!("{expression} {} ", symbol(*comparison)));
                self.bind(value);
            }
            Condition::In(among, values) => {
                let values = values.iter().map(|value| operand::read(column, value).map(operand::json));
                let values = values.collect::<Result<Json>>()?;
                self.push(expression);
                self.push(if *among { " IN " } else { " NOT IN " });
                sqlite::elements(self, values);
            }
            Condition::IsNull(null) => {
                self.push(expression);
                self.push(if *null { " IS NULL" } else { " IS NOT NULL" });
            }
            Condition::Like(like, pattern) => {
                operand::check_pattern(column, pattern)?;
                sqlite::like(self, expression, *like, pattern);
            }
            Condition::Contains(value) => sqlite::contains(self, expression, value)?,
            Condition::HasKey(key) => sqlite::has_key(self, expression, key),
        }
        Ok(())
    }
}

fn symbol(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Equal => "=",
        Comparison::NotEqual => "<>",
        Comparison::Less => "<",
        Comparison::LessOrEqual => "<=",
        Comparison::Greater => ">",
        Comparison::GreaterOrEqual => ">=",
    }
}
