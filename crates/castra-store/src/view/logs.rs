//! The log of a flow run, a page of lines at a time, and the lines that have come since.

use castra_core::log_level::LogLevel;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::database::{Row, Transaction, Value};
use crate::error::Result;
use crate::log_block;

/// Lines arrive out of order by as much as this: task runs on several machines send in batches, and their clocks differ.
const OUT_OF_ORDER: SignedDuration = SignedDuration::from_mins(10);

/// A line.
#[derive(Clone, Debug, PartialEq)]
pub struct LineView {
    /// Its id.
    pub id: Uuid,
    /// When it was written.
    pub timestamp: Timestamp,
    /// When it arrived.
    pub arrived: Timestamp,
    /// Its level, as it was sent.
    pub level: String,
    /// Who wrote it.
    pub name: Option<String>,
    /// The text.
    pub message: String,
    /// The task run that it belongs to, if any.
    pub task: Option<TaskOfLine>,
}

/// The task run that a line belongs to.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskOfLine {
    /// The task's name, else its slug.
    pub name: String,
    /// Which mapped child; -1 if it is none.
    pub map_index: i64,
}

/// Which lines of a run are asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct LogFilter {
    /// The run.
    pub flow_run_id: Uuid,
    /// The lowest level shown.
    pub level: LogLevel,
    /// Text that the message holds, whatever its case; empty for any.
    pub text: String,
}

/// A place in a log, between two lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LogPlace {
    /// When the line beside it was written.
    pub timestamp: Timestamp,
    /// The line beside it.
    pub id: Uuid,
}

/// A place in the order in which lines arrived, right after a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// When it arrived.
    pub arrived: Timestamp,
    /// Which one it is of those that arrived together.
    pub place: LogPlace,
}

impl Arrival {
    /// The place after every line that arrived at an instant.
    pub fn after(arrived: Timestamp) -> Self {
        Self { arrived, place: LogPlace { timestamp: Timestamp::MAX, id: Uuid::max() } }
    }
}

impl From<&LineView> for Arrival {
    fn from(line: &LineView) -> Self {
        Self { arrived: line.arrived, place: LogPlace { timestamp: line.timestamp, id: line.id } }
    }
}

/// Some lines of a log, oldest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LogPage {
    /// The lines.
    pub lines: Vec<LineView>,
    /// Whether there are more in the direction that was asked for.
    pub has_more: bool,
}

/// The lines that stand right before a place, or the last ones.
///
/// # Errors
/// [`StoreError`](crate::StoreError) of the database.
pub fn lines_before(
    tx: &mut Transaction<'_>,
    filter: &LogFilter,
    before: Option<LogPlace>,
    limit: usize,
) -> Result<LogPage> {
    let before = before.unwrap_or(LogPlace::END);
    let condition = "log.timestamp >= ?10 and (log.timestamp, log.id) < (?8, ?9)
                     order by log.timestamp desc, log.id desc";
    let mut found = Found::new(limit);
    let spans = log_block::spans(tx, filter)?;
    for span in spans.into_iter().rev().filter(|span| span.first <= before.timestamp) {
        let place = before.min(LogPlace { timestamp: span.last, ..LogPlace::END });
        let values = [place.timestamp.into(), place.id.into(), span.first.into()];
        if found.add(read_lines(tx, filter, condition, &values, found.missing())?) {
            break;
        }
    }
    let mut page = found.page();
    page.lines.reverse();
    Ok(page)
}

/// The lines that stand right after a place, or the first ones.
///
/// # Errors
/// [`StoreError`](crate::StoreError) of the database.
pub fn lines_after(
    tx: &mut Transaction<'_>,
    filter: &LogFilter,
    after: Option<LogPlace>,
    limit: usize,
) -> Result<LogPage> {
    let after = after.unwrap_or(LogPlace::START);
    let condition = "log.timestamp <= ?10 and (log.timestamp, log.id) > (?8, ?9)
                     order by log.timestamp, log.id";
    let mut found = Found::new(limit);
    let spans = log_block::spans(tx, filter)?;
    for span in spans.into_iter().filter(|span| span.last >= after.timestamp) {
        let place = after.max(LogPlace { timestamp: span.first, ..LogPlace::START });
        let values = [place.timestamp.into(), place.id.into(), span.last.into()];
        if found.add(read_lines(tx, filter, condition, &values, found.missing())?) {
            break;
        }
    }
    Ok(found.page())
}

/// The lines that have arrived since, in the order of their arrival; those that were written long before
/// are left to the next reading of the page.
///
/// # Errors
/// [`StoreError`](crate::StoreError) of the database.
pub fn arrived_since(
    tx: &mut Transaction<'_>,
    filter: &LogFilter,
    since: Arrival,
    limit: usize,
) -> Result<LogPage> {
    let written = since.arrived.saturating_sub(OUT_OF_ORDER).unwrap_or(Timestamp::MIN);
    let condition = "log.timestamp >= ?11 and (log.created, log.timestamp, log.id) > (?10, ?8, ?9)
                     order by log.created, log.timestamp, log.id";
    let place = since.place;
    let values = [place.timestamp.into(), place.id.into(), since.arrived.into(), written.into()];
    let mut found = Found::new(limit);
    found.add(read_lines(tx, filter, condition, &values, found.missing())?);
    Ok(found.page())
}

impl LogPlace {
    const START: Self = Self { timestamp: Timestamp::MIN, id: Uuid::nil() };
    const END: Self = Self { timestamp: Timestamp::MAX, id: Uuid::max() };
}

/// Lines that are found bit by bit.
struct Found {
    lines: Vec<LineView>,
    limit: usize,
}

impl Found {
    fn new(limit: usize) -> Self {
        Self { lines: Vec::new(), limit }
    }

    /// How many are still to be found: one more than is asked for tells whether there are more.
    fn missing(&self) -> usize {
        self.limit + 1 - self.lines.len()
    }

    /// Adds lines, and answers whether these are all that were missing.
    fn add(&mut self, lines: Vec<LineView>) -> bool {
        self.lines.extend(lines);
        self.lines.len() > self.limit
    }

    fn page(mut self) -> LogPage {
        let has_more = self.lines.len() > self.limit;
        self.lines.truncate(self.limit);
        LogPage { lines: self.lines, has_more }
    }
}

impl LogFilter {
    /// The levels that are not shown, in the four places that the statement has for them. A level that Castra does not
    /// know is shown.
    fn hidden(&self) -> [Value; 4] {
        let hidden = |index: usize| LogLevel::ALL.get(index).filter(|level| **level < self.level);
        [0, 1, 2, 3].map(|index| hidden(index).map_or("", |level| level.as_str()).into())
    }

    /// The pattern for `like`.
    fn pattern(&self) -> Value {
        let text = self.text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        format!("%{text}%").into()
    }
}

/// Up to `limit` lines that the filter lets through, with what else they are to be, which speaks of the values from ?8 on.
fn read_lines(
    tx: &mut Transaction<'_>,
    filter: &LogFilter,
    condition: &'static str,
    values: &[Value],
    limit: usize,
) -> Result<Vec<LineView>> {
    let mut parameters = vec![filter.flow_run_id.into()];
    parameters.extend(filter.hidden());
    parameters.extend([filter.pattern(), (limit as i64).into()]);
    parameters.extend_from_slice(values);
    let sql = format!(
        "select log.id, log.timestamp, log.created, log.level, log.name, log.message, coalesce(task.name, task.slug),
             task_run.map_index
         from log left join task_run on task_run.id = log.task_run_id left join task on task.id = task_run.task_id
         where log.flow_run_id = ?1 and log.level not in (?2, ?3, ?4, ?5)
             and coalesce(log.message, '') like ?6 escape '\\' and {condition} limit ?7"
    );
    tx.query(&sql, &parameters, read)
}

fn read(row: &Row<'_>) -> Result<LineView> {
    let task = match row.get::<Option<String>>(6)? {
        Some(name) => Some(TaskOfLine { name, map_index: row.get(7)? }),
        None => None,
    };
    Ok(LineView {
        id: row.get(0)?,
        timestamp: row.get(1)?,
        arrived: row.get(2)?,
        level: row.get(3)?,
        name: row.get(4)?,
        message: row.get::<Option<String>>(5)?.unwrap_or_default(),
        task,
    })
}
