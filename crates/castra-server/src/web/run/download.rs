//! The whole log of a run as a text file, read from the store bit by bit while it is sent.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::IntoResponse;
use castra_store::view::logs::{LineView, LogFilter, LogPage, LogPlace, lines_after};
use castra_store::{Store, StoreError, time_text};
use futures::stream;

use super::{logs, run_id};
use crate::web::Web;
use crate::web::fields::InAddress;
use crate::web::respond::Answer;

/// Lines that are read at a time.
const LINES: usize = 2_000;

/// `GET /runs/{id}/log.txt`.
pub(in crate::web) async fn show(
    State(web): State<Web>,
    Path(id): Path<String>,
    InAddress(fields): InAddress,
) -> Answer {
    let id = run_id(&id)?;
    let filter = logs::filter(id, &fields)?;
    let reading = Reading { store: web.store, filter, after: None, is_over: false };
    let text = stream::try_unfold(reading, async |mut reading| {
        Ok::<_, StoreError>(reading.next().await?.map(|text| (text, reading)))
    });
    let name = format!("attachment; filename=\"{id}.log\"");
    let headers = [(CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()), (CONTENT_DISPOSITION, name)];
    Ok((headers, Body::from_stream(text)).into_response())
}

struct Reading {
    store: Store,
    filter: LogFilter,
    after: Option<LogPlace>,
    is_over: bool,
}

impl Reading {
    async fn next(&mut self) -> Result<Option<String>, StoreError> {
        if self.is_over {
            return Ok(None);
        }
        let (filter, after) = (self.filter.clone(), self.after);
        let LogPage { lines, has_more } =
            self.store.read(move |tx| lines_after(tx, &filter, after, LINES)).await?;
        self.is_over = !has_more;
        self.after = lines.last().map(|line| LogPlace { timestamp: line.timestamp, id: line.id });
        Ok(Some(lines.iter().map(text).collect()))
    }
}

fn text(line: &LineView) -> String {
    let name = line.name.as_deref().unwrap_or("-");
    format!("{} {:<8} {name} {}\n", time_text(line.timestamp), line.level, line.message)
}
