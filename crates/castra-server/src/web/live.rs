//! Keeps pages live: server-sent events that say when what a page shows has changed. What it shows now is asked for anew by
//! the page itself, so that there is one way to render it. The lines of a log travel in the events.

use std::convert::Infallible;
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use castra_store::Change;
use futures::{Stream, stream};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::time::{Instant, sleep_until};

use super::Web;
use crate::stopping::Stopping;

/// How long a page is left alone after it was told something. A change at rest is told at once; many in a row, a few
/// times a second.
const PAUSE: Duration = Duration::from_millis(150);

/// What a page wants to hear of, and what it is told then.
pub(super) trait Watching: Send + 'static {
    /// Whether a change is news for the page. `None` means that some were missed.
    fn note(&mut self, change: Option<&Change>);

    /// The events for what was noted since the last time.
    fn tell(&mut self) -> impl Future<Output = Vec<Event>> + Send;
}

/// Answers with the events for a page until it goes away or the server stops.
pub(super) fn events(web: &Web, watching: impl Watching) -> Response {
    let changes = web.store.changes();
    let live = Live { changes, watching, stopping: web.stopping.clone(), rested: Instant::now() };
    Sse::new(live.into_stream()).keep_alive(KeepAlive::default()).into_response()
}

struct Live<W> {
    changes: Receiver<Change>,
    watching: W,
    stopping: Stopping,
    /// From when on the page may be told again.
    rested: Instant,
}

impl<W: Watching> Live<W> {
    fn into_stream(self) -> impl Stream<Item = Result<Event, Infallible>> {
        let batches = stream::unfold(self, async |mut live| {
            let events = live.next().await?;
            Some((stream::iter(events.into_iter().map(Ok)), live))
        });
        futures::StreamExt::flatten(batches)
    }

    /// The next events; `None` when the server stops.
    async fn next(&mut self) -> Option<Vec<Event>> {
        loop {
            let events = self.watching.tell().await;
            if !events.is_empty() {
                self.rested = Instant::now() + PAUSE;
                return Some(events);
            }
            tokio::select! {
                change = self.changes.recv() => self.note(change)?,
                () = self.stopping.wait() => return None,
            }
            sleep_until(self.rested).await;
            while let Some(change) = self.waiting() {
                self.note(change)?;
            }
        }
    }

    /// A change that has been announced already.
    fn waiting(&mut self) -> Option<Result<Change, RecvError>> {
        match self.changes.try_recv() {
            Ok(change) => Some(Ok(change)),
            Err(TryRecvError::Lagged(missed)) => Some(Err(RecvError::Lagged(missed))),
            Err(TryRecvError::Closed) => Some(Err(RecvError::Closed)),
            Err(TryRecvError::Empty) => None,
        }
    }

    fn note(&mut self, change: Result<Change, RecvError>) -> Option<()> {
        match change {
            Ok(change) => self.watching.note(Some(&change)),
            Err(RecvError::Lagged(_)) => self.watching.note(None),
            Err(RecvError::Closed) => return None,
        }
        Some(())
    }
}

/// For pages that show much: they are told no more than that something has changed, and that not too often.
pub(super) struct Changed {
    concerns: fn(&Change) -> bool,
    has_changed: bool,
    told: Option<Instant>,
}

/// How long a page that shows much is left alone.
const LONG_PAUSE: Duration = Duration::from_millis(600);

impl Changed {
    /// On these changes, and at once: something may have changed between the page and its events.
    pub(super) fn on(concerns: fn(&Change) -> bool) -> Self {
        Self { concerns, has_changed: true, told: None }
    }
}

impl Watching for Changed {
    fn note(&mut self, change: Option<&Change>) {
        self.has_changed |= change.is_none_or(self.concerns);
    }

    async fn tell(&mut self) -> Vec<Event> {
        if !self.has_changed {
            return Vec::new();
        }
        if let Some(told) = self.told {
            sleep_until(told + LONG_PAUSE).await;
        }
        (self.has_changed, self.told) = (false, Some(Instant::now()));
        vec![changed()]
    }
}

/// Says that what the page shows has changed. A browser passes on no event without data.
pub(super) fn changed() -> Event {
    Event::default().event("changed").data("yes")
}
