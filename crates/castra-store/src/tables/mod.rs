//! Every table that can be queried: its columns, their kinds, its relations. Reads are compiled to SQL from this
//! description, and the server makes its GraphQL types from it. Secrets and what only the store needs are not in it.

mod agents;
mod flows;
mod runs;
#[cfg(test)]
mod tests;

/// Every table, in the order of the story.
pub static TABLES: &[&Table] = &[
    &flows::TENANT,
    &flows::PROJECT,
    &flows::FLOW_GROUP,
    &flows::FLOW,
    &flows::TASK,
    &flows::EDGE,
    &agents::AGENT,
    &agents::AGENT_CONFIG,
    &runs::FLOW_RUN,
    &runs::FLOW_RUN_STATE,
    &runs::TASK_RUN,
    &runs::TASK_RUN_STATE,
    &runs::LOG,
    &runs::TASK_RUN_ARTIFACT,
    &agents::LAUNCH,
    &flows::KEY_VALUE,
];

/// A table of the database as it is queried. Its key is the column `id`.
#[derive(Debug)]
pub struct Table {
    /// Its name in SQL and in GraphQL.
    pub name: &'static str,
    /// What a row is, in a sentence.
    pub about: &'static str,
    /// Its columns.
    pub columns: &'static [Column],
    /// What leads from a row to others.
    pub relations: &'static [Relation],
}

impl Table {
    /// The table of that name.
    pub fn named(name: &str) -> Option<&'static Table> {
        TABLES.iter().find(|table| table.name == name).copied()
    }

    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&'static Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The relation of that name.
    pub fn relation(&self, name: &str) -> Option<&'static Relation> {
        self.relations.iter().find(|relation| relation.name == name)
    }
}

/// A column.
#[derive(Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name in SQL and in GraphQL.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether it may be null.
    pub nullable: bool,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// An identifier.
    Uuid,
    /// Text.
    Text,
    /// A whole number.
    Int,
    /// A number, e.g. of seconds.
    Float,
    /// True or false.
    Boolean,
    /// An instant, to the microsecond.
    Timestamp,
    /// A JSON value.
    Json,
}

/// What leads from a row of one table to rows of another: those whose `target_column` equals the row's `column`.
#[derive(Debug, PartialEq, Eq)]
pub struct Relation {
    /// Its name in GraphQL.
    pub name: &'static str,
    /// The column of this table.
    pub column: &'static str,
    /// The name of the other table.
    pub target: &'static str,
    /// The column of the other table.
    pub target_column: &'static str,
    /// Whether it leads to any number of rows instead of at most one.
    pub many: bool,
}

const fn column(name: &'static str, kind: Kind) -> Column {
    Column { name, kind, nullable: false }
}

const fn uuid(name: &'static str) -> Column {
    column(name, Kind::Uuid)
}

const fn text(name: &'static str) -> Column {
    column(name, Kind::Text)
}

const fn int(name: &'static str) -> Column {
    column(name, Kind::Int)
}

const fn float(name: &'static str) -> Column {
    column(name, Kind::Float)
}

const fn boolean(name: &'static str) -> Column {
    column(name, Kind::Boolean)
}

const fn timestamp(name: &'static str) -> Column {
    column(name, Kind::Timestamp)
}

const fn json(name: &'static str) -> Column {
    column(name, Kind::Json)
}

/// The same column, but it may be null.
const fn nullable(column: Column) -> Column {
    Column { nullable: true, ..column }
}

/// At most one row of `target`: the one whose id stands in `column`.
const fn one(name: &'static str, column: &'static str, target: &'static str) -> Relation {
    Relation { name, column, target, target_column: "id", many: false }
}

/// The rows of `target` that hold this row's id in `target_column`.
const fn many(name: &'static str, target: &'static str, target_column: &'static str) -> Relation {
    Relation { name, column: "id", target, target_column, many: true }
}
