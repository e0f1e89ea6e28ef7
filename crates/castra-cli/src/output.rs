//! Printing: tables for people, JSON or YAML for programs. What is printed is the commands' business.

use clap::ValueEnum;
use comfy_table::{ContentArrangement, Table, presets};
use serde_json::Value;

/// How answers are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    #[default]
    Table,
    /// For programs: the API's own names and values
    Json,
    /// The same as YAML
    Yaml,
}

/// A column of a table: its title, and how its cell is read from a row.
pub(crate) struct Column {
    pub(crate) title: &'static str,
    pub(crate) cell: fn(&Value) -> String,
}

/// Prints rows as a table, or as they are.
pub(crate) fn print_rows(format: Format, rows: &[Value], columns: &[Column], empty: &str) {
    match format {
        Format::Json | Format::Yaml => print_data(format, &Value::from(rows.to_vec())),
        Format::Table if rows.is_empty() => println!("{empty}"),
        Format::Table => {
            let mut table = table();
            table.set_header(columns.iter().map(|column| column.title));
            table.add_rows(
                rows.iter().map(|row| columns.iter().map(|column| (column.cell)(row)).collect::<Vec<_>>()),
            );
            println!("{table}");
        }
    }
}

/// A table in the one style that all commands share.
pub(crate) fn table() -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table
}

/// Prints a value as indented JSON, or as YAML if that is the format.
pub(crate) fn print_data(format: Format, value: &Value) {
    match (format, serde_saphyr::to_string(value)) {
        (Format::Yaml, Ok(yaml)) => print!("{yaml}"),
        // JSON is YAML, should there ever be a value that the writer does not take.
        _ => println!("{value:#}"),
    }
}

/// The text at a JSON pointer, or `-` if there is none.
pub(crate) fn text(row: &Value, pointer: &str) -> String {
    match row.pointer(pointer) {
        None | Some(Value::Null) => "-".to_owned(),
        Some(Value::String(text)) if text.is_empty() => "-".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// The instant at a JSON pointer in the local time zone, to the second, or `-`.
pub(crate) fn time(row: &Value, pointer: &str) -> String {
    let instant =
        row.pointer(pointer).and_then(Value::as_str).and_then(|text| text.parse::<jiff::Timestamp>().ok());
    match instant {
        None => "-".to_owned(),
        Some(instant) => {
            instant.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S").to_string()
        }
    }
}

/// The strings of the list at a JSON pointer, separated by commas, or `-`.
pub(crate) fn list(row: &Value, pointer: &str) -> String {
    let items: Vec<_> = row.pointer(pointer).and_then(Value::as_array).into_iter().flatten().collect();
    match items.is_empty() {
        true => "-".to_owned(),
        false => items.iter().map(|item| item.as_str().unwrap_or_default()).collect::<Vec<_>>().join(", "),
    }
}
