//! The log on the page of a run: the last lines, the filter, and the way to the earlier ones.

use askama::Template;
use axum::extract::{Path, State};
use castra_core::log_level::LogLevel;
use castra_store::view::logs::{LineView, LogFilter, LogPage, LogPlace, lines_before};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::run_id;
use crate::web::Web;
use crate::web::fields::Fields;
use crate::web::fields::InAddress;
use crate::web::page_error::PageError;
use crate::web::respond::{self, Answer};

/// Lines that are shown at a time.
pub(super) const LINES: usize = 200;

/// The log as the page shows it.
#[derive(Clone, Debug)]
pub(super) struct Log {
    pub(super) filter: Filter,
    pub(super) lines: LinesPart,
    /// Where the events come from, from the last line on.
    pub(super) events_url: String,
    pub(super) download_url: String,
}

/// The filter as the form shows it.
#[derive(Clone, Debug)]
pub(super) struct Filter {
    pub(super) text: String,
    pub(super) level: LogLevel,
}

impl Filter {
    /// The levels to choose from.
    pub(super) fn levels(&self) -> impl Iterator<Item = (LogLevel, bool)> {
        let chosen = self.level;
        LogLevel::ALL.into_iter().map(move |level| (level, level == chosen))
    }
}

/// Lines, oldest first, with a link to those before them.
#[derive(Clone, Debug, Template)]
#[template(path = "run/lines.html")]
pub(in crate::web) struct LinesPart {
    pub(super) lines: Vec<Line>,
    pub(super) earlier_url: Option<String>,
}

impl askama::filters::HtmlSafe for LinesPart {}

/// A line.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) id: Uuid,
    timestamp: Timestamp,
    level: String,
    source: String,
    message: String,
}

impl Line {
    fn clock(&self) -> String {
        self.timestamp.strftime("%H:%M:%S%.3f").to_string()
    }

    /// The class by which the stylesheet colours a level.
    fn class(&self) -> &'static str {
        match self.level.parse() {
            Ok(LogLevel::Debug) => "is-debug",
            Ok(LogLevel::Warning) => "is-warning",
            Ok(LogLevel::Error | LogLevel::Critical) => "is-error",
            _ => "is-info",
        }
    }
}

impl From<LineView> for Line {
    fn from(line: LineView) -> Self {
        let source = match line.task {
            Some(task) if task.map_index >= 0 => format!("{}[{}]", task.name, task.map_index),
            Some(task) => task.name,
            None => line.name.unwrap_or_default(),
        };
        Self { id: line.id, timestamp: line.timestamp, level: line.level, source, message: line.message }
    }
}

/// The filter that an address asks for.
pub(super) fn filter(flow_run_id: Uuid, fields: &Fields) -> Result<LogFilter, PageError> {
    Ok(LogFilter {
        flow_run_id,
        level: fields.parsed("level")?.unwrap_or_default(),
        text: fields.text("text").unwrap_or_default().to_owned(),
    })
}

/// The address of something of a log, with its filter.
fn address(filter: &LogFilter, what: &str, more: &str) -> String {
    let text = askama::filters::urlencode_strict(&filter.text).map(|text| text.to_string());
    let text = text.unwrap_or_default();
    format!("/runs/{}/{what}?level={}&text={text}{more}", filter.flow_run_id, filter.level)
}

impl Log {
    pub(super) fn new(filter: &LogFilter, page: LogPage, now: Timestamp) -> Self {
        // Where no line is shown yet, one may be on its way that carries an earlier instant.
        let a_moment_ago = now.saturating_sub(SignedDuration::from_secs(10)).unwrap_or(now);
        let since = page.lines.iter().map(|line| line.arrived).max().unwrap_or(a_moment_ago);
        Self {
            events_url: address(filter, "events", &format!("&since={since}")),
            download_url: address(filter, "log.txt", ""),
            lines: LinesPart::new(filter, page),
            filter: Filter { text: filter.text.clone(), level: filter.level },
        }
    }
}

impl LinesPart {
    /// Lines that follow those that the page has.
    pub(super) fn arrived(page: LogPage) -> Self {
        Self { earlier_url: None, lines: page.lines.into_iter().map(Line::from).collect() }
    }

    pub(super) fn new(filter: &LogFilter, page: LogPage) -> Self {
        let first = page.lines.first().filter(|_| page.has_more);
        let earlier = |line: &LineView| format!("&before={}&id={}", line.timestamp, line.id);
        Self {
            earlier_url: first.map(|line| address(filter, "logs", &earlier(line))),
            lines: page.lines.into_iter().map(Line::from).collect(),
        }
    }
}

/// `GET /runs/{id}/logs?before=…&id=…`: the lines before one.
pub(in crate::web) async fn earlier(
    State(web): State<Web>,
    Path(id): Path<String>,
    InAddress(fields): InAddress,
) -> Answer {
    let filter = filter(run_id(&id)?, &fields)?;
    let place = fields.instant("before")?.zip(fields.parsed("id")?);
    let before = place.map(|(timestamp, id)| LogPlace { timestamp, id });
    let asked = filter.clone();
    let page = web.store.read(move |tx| lines_before(tx, &asked, before, LINES)).await?;
    respond::page(&LinesPart::new(&filter, page))
}
