//! Blocks of a log: successive lines of a run as they arrived, with the span of time in which they were written, the highest
//! level among them and a filter of their text. A long log is searched in the spans of those blocks alone that are not ruled
//! out. What the lines there say is left to `view/logs.rs`.

use castra_core::log_level::LogLevel;
use jiff::Timestamp;
use uuid::Uuid;

use crate::database::Transaction;
use crate::error::Result;
use crate::trigram_filter::{TrigramFilter, Wanted};
use crate::view::logs::{LogFilter, LogPlace, lines_after};

/// Lines of the first block of a run. It has no filter: so few are read as quickly, and most logs are no longer.
const LINES_OF_FIRST: i64 = 2_000;
/// Lines of every other block, at most: where few lines share a filter, it rules out more.
const LINES: i64 = 128;

/// What a block has to know of a line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BlockLine<'a> {
    /// When it was written.
    pub(crate) timestamp: Timestamp,
    /// Its level, as it was sent.
    pub(crate) level: &'a str,
    /// Its text.
    pub(crate) message: &'a str,
}

/// A span of time, both ends within.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Span {
    /// Its begin.
    pub(crate) first: Timestamp,
    /// Its end.
    pub(crate) last: Timestamp,
}

impl Span {
    /// All of time.
    pub(crate) const ALL: Self = Self { first: Timestamp::MIN, last: Timestamp::MAX };
    /// The span of no line yet.
    const EMPTY: Self = Self { first: Timestamp::MAX, last: Timestamp::MIN };

    fn with(self, other: Self) -> Self {
        Self { first: self.first.min(other.first), last: self.last.max(other.last) }
    }
}

struct Block {
    number: i64,
    lines: i64,
    span: Span,
    severity: i64,
    filter: Option<TrigramFilter>,
}

/// How much a level matters, as a number. One that Castra does not know is always shown, so it matters most.
fn severity(level: &str) -> i64 {
    level.parse().map_or(LogLevel::ALL.len() as i64, |level: LogLevel| level as i64)
}

impl Block {
    fn first() -> Self {
        Self { number: 0, lines: 0, span: Span::EMPTY, severity: 0, filter: None }
    }

    fn next(&self) -> Self {
        Self { number: self.number + 1, filter: Some(TrigramFilter::default()), ..Self::first() }
    }

    fn is_full(&self) -> bool {
        match &self.filter {
            None => self.lines >= LINES_OF_FIRST,
            Some(filter) => self.lines >= LINES || filter.is_full(),
        }
    }

    fn add(&mut self, line: BlockLine<'_>) {
        self.lines += 1;
        self.span = self.span.with(Span { first: line.timestamp, last: line.timestamp });
        self.severity = self.severity.max(severity(line.level));
        if let Some(filter) = &mut self.filter {
            filter.add(line.message);
        }
    }

    fn newest(tx: &mut Transaction<'_>, flow_run_id: Uuid) -> Result<Option<Self>> {
        tx.query_optional(
            "select number, lines, first_timestamp, last_timestamp, severity, filter from log_block
             where flow_run_id = ?1 order by number desc limit 1",
            &[flow_run_id.into()],
            |row| {
                let span = Span { first: row.get(2)?, last: row.get(3)? };
                let (number, lines) = (row.get(0)?, row.get(1)?);
                Ok(Self { number, lines, span, severity: row.get(4)?, filter: row.get(5)? })
            },
        )
    }

    fn write(&self, tx: &mut Transaction<'_>, flow_run_id: Uuid) -> Result<()> {
        tx.execute(
            "insert into log_block (flow_run_id, number, lines, first_timestamp, last_timestamp, severity, filter)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             on conflict (flow_run_id, number) do update set lines = excluded.lines,
                 first_timestamp = excluded.first_timestamp, last_timestamp = excluded.last_timestamp,
                 severity = excluded.severity, filter = excluded.filter",
            &[
                flow_run_id.into(),
                self.number.into(),
                self.lines.into(),
                self.span.first.into(),
                self.span.last.into(),
                self.severity.into(),
                self.filter.as_ref().into(),
            ],
        )?;
        Ok(())
    }
}

/// Adds lines that were just written to the blocks of their run.
pub(crate) fn add_lines(tx: &mut Transaction<'_>, flow_run_id: Uuid, lines: &[BlockLine<'_>]) -> Result<()> {
    let mut block = Block::newest(tx, flow_run_id)?.unwrap_or_else(Block::first);
    for line in lines {
        if block.is_full() {
            block.write(tx, flow_run_id)?;
            block = block.next();
        }
        block.add(*line);
    }
    block.write(tx, flow_run_id)
}

/// The spans in which every line lies that the filter asks for, in order, none touching another.
pub(crate) fn spans(tx: &mut Transaction<'_>, filter: &LogFilter) -> Result<Vec<Span>> {
    let (level, wanted) = (filter.level as i64, Wanted::of(&filter.text));
    if level == 0 && wanted.is_nothing() {
        return Ok(vec![Span::ALL]);
    }
    let blocks = tx.query(
        "select first_timestamp, last_timestamp, severity, filter from log_block
         where flow_run_id = ?1 order by number",
        &[filter.flow_run_id.into()],
        |row| {
            let may_hold =
                |filter: Option<TrigramFilter>| filter.is_none_or(|filter| filter.may_hold(&wanted));
            let is_asked_for = row.get::<i64>(2)? >= level && may_hold(row.get(3)?);
            Ok((Span { first: row.get(0)?, last: row.get(1)? }, is_asked_for))
        },
    )?;
    Ok(joined(blocks))
}

/// The spans of the blocks that are asked for. What follows each other without another block between is one span, and so is
/// what overlaps, so that no line is found twice.
fn joined(mut blocks: Vec<(Span, bool)>) -> Vec<Span> {
    blocks.sort_unstable();
    let mut spans: Vec<Span> = Vec::new();
    let mut follows = false;
    for (span, is_asked_for) in blocks {
        if is_asked_for {
            match spans.last_mut() {
                Some(before) if follows || span.first <= before.last => *before = before.with(span),
                _ => spans.push(span),
            }
        }
        follows = is_asked_for;
    }
    spans
}

/// Makes the blocks of the logs that are older than blocks.
pub(crate) fn fill(tx: &mut Transaction<'_>) -> Result<()> {
    for flow_run_id in tx.query("select distinct flow_run_id from log", &[], |row| row.get(0))? {
        let all = LogFilter { flow_run_id, level: LogLevel::Debug, text: String::new() };
        let mut after = None;
        loop {
            let page = lines_after(tx, &all, after, 10_000)?;
            let lines = page.lines.iter().map(|line| BlockLine {
                timestamp: line.timestamp,
                level: &line.level,
                message: &line.message,
            });
            add_lines(tx, flow_run_id, &lines.collect::<Vec<_>>())?;
            after = page.lines.last().map(|line| LogPlace { timestamp: line.timestamp, id: line.id });
            if !page.has_more {
                break;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(first: i64, last: i64) -> Span {
        let second = |second| Timestamp::from_second(second).unwrap();
        Span { first: second(first), last: second(last) }
    }

    #[test]
    fn spans_are_joined_where_nothing_lies_between_them_or_they_overlap() {
        let blocks = [(1, 2, true), (3, 4, true), (5, 6, false), (7, 9, true), (8, 8, false), (9, 12, true)];
        let blocks = blocks.map(|(first, last, is_asked_for)| (span(first, last), is_asked_for));
        assert_eq!(joined(blocks.to_vec()), [span(1, 4), span(7, 12)]);
    }

    #[test]
    fn blocks_are_put_in_the_order_of_their_lines() {
        let blocks = [(7, 9, true), (5, 6, false), (1, 4, true), (2, 3, true)];
        let blocks = blocks.map(|(first, last, is_asked_for)| (span(first, last), is_asked_for));
        assert_eq!(joined(blocks.to_vec()), [span(1, 4), span(7, 9)]);
        assert_eq!(joined(vec![(span(1, 2), false)]), []);
    }

    #[test]
    fn a_level_that_is_not_known_matters_most() {
        assert_eq!(["DEBUG", "CRITICAL", "odd"].map(severity), [0, 4, 5]);
    }

    #[test]
    fn a_block_ends_by_its_lines_or_by_its_text() {
        let fill = |mut block: Block, message: &str| {
            while !block.is_full() {
                block.add(BlockLine { timestamp: Timestamp::UNIX_EPOCH, level: "INFO", message });
            }
            block.lines
        };
        let much = crate::trigram_filter::tests::much_text();
        assert_eq!(fill(Block::first(), &much), LINES_OF_FIRST);
        assert_eq!(fill(Block::first().next(), "row 17"), LINES);
        assert_eq!(fill(Block::first().next(), &much), 1);
    }
}
