//! The events of a run's page: that something has changed, and the lines that have come to its log.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::sse::Event;
use castra_store::view::logs::{Arrival, LogFilter, LogPlace, arrived_since};
use castra_store::{Change, Store};
use jiff::Timestamp;

use super::logs::{self, LinesPart};
use super::run_id;
use crate::web::Web;
use crate::web::fields::InAddress;
use crate::web::live::{self, Watching};
use crate::web::respond::Answer;

/// Lines that travel in one event. More that came at once travel in the next.
const LINES: usize = 500;

/// `GET /runs/{id}/events?since=…`. A browser whose connection broke says in `Last-Event-ID` which line it has; a page that
/// was put to sleep says it in `last`.
pub(in crate::web) async fn show(
    State(web): State<Web>,
    Path(id): Path<String>,
    InAddress(fields): InAddress,
    headers: HeaderMap,
) -> Answer {
    let filter = logs::filter(run_id(&id)?, &fields)?;
    let header = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let last = header.or(fields.text("last")).and_then(read_arrival);
    let since = last.or(fields.instant("since")?.map(Arrival::after));
    let since = match since {
        Some(since) => since,
        None => Arrival::after(web.store.read(|tx| Ok(tx.now())).await?),
    };
    // Something may have changed between the page and its events.
    let watching = RunEvents { store: web.store.clone(), filter, since, has_changed: true, has_lines: true };
    Ok(live::events(&web, watching))
}

/// A place in the order of arrival, as the id of an event.
fn write_arrival(at: Arrival) -> String {
    format!("{}~{}~{}", at.arrived, at.place.timestamp, at.place.id)
}

fn read_arrival(text: &str) -> Option<Arrival> {
    let mut parts = text.split('~');
    let arrived: Timestamp = parts.next()?.parse().ok()?;
    let timestamp = parts.next()?.parse().ok()?;
    Some(Arrival { arrived, place: LogPlace { timestamp, id: parts.next()?.parse().ok()? } })
}

struct RunEvents {
    store: Store,
    filter: LogFilter,
    /// Lines up to this one are told.
    since: Arrival,
    has_changed: bool,
    has_lines: bool,
}

impl Watching for RunEvents {
    fn note(&mut self, change: Option<&Change>) {
        let run = self.filter.flow_run_id;
        match change {
            Some(Change::FlowRun { id, .. }) => self.has_changed |= *id == run,
            Some(Change::Progress { flow_run_id }) => self.has_changed |= *flow_run_id == run,
            Some(Change::Logged { flow_run_id }) => self.has_lines |= *flow_run_id == run,
            Some(Change::Agents) => self.has_changed = true,
            Some(Change::Claimable { .. } | Change::StopLaunch { .. }) => {}
            None => (self.has_changed, self.has_lines) = (true, true),
        }
    }

    async fn tell(&mut self) -> Vec<Event> {
        let changed = std::mem::take(&mut self.has_changed).then(live::changed);
        let lines = match std::mem::take(&mut self.has_lines) {
            true => self.lines().await,
            false => None,
        };
        changed.into_iter().chain(lines).collect()
    }
}

impl RunEvents {
    /// The lines that have come, as an event.
    async fn lines(&mut self) -> Option<Event> {
        let (filter, since) = (self.filter.clone(), self.since);
        let read = self.store.read(move |tx| arrived_since(tx, &filter, since, LINES));
        let page = read.await.inspect_err(|error| tracing::warn!(%error, "lines of a log")).ok()?;
        self.has_lines = page.has_more;
        self.since = Arrival::from(page.lines.last()?);
        let html = LinesPart::arrived(page).render().ok()?;
        Some(Event::default().event("log").id(write_arrival(self.since)).data(html))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_page_says_which_line_it_has() {
        let (arrived, timestamp) = (Timestamp::from_second(2).unwrap(), Timestamp::UNIX_EPOCH);
        let at = Arrival { arrived, place: LogPlace { timestamp, id: Uuid::from_u128(7) } };
        assert_eq!(read_arrival(&write_arrival(at)), Some(at));
        assert_eq!(read_arrival("yesterday~x"), None);
    }
}
