//! When what went on in a run: a bar per task over a common scale, above them the dispatch. Drawn here as SVG.

use castra_store::view::launches::LaunchView;
use castra_store::view::run::RunView;
use castra_store::view::tasks::TaskView;
use jiff::{SignedDuration, Timestamp};

use super::tasks::state_of;
use crate::web::components::state_family;
use crate::web::words;

/// Tasks that are drawn. More would be a wall of bars.
const MAX_ROWS: usize = 200;
/// Where the bars begin, right of the names, and how wide the scale is, in units of the drawing.
const LEFT: f64 = 210.0;
const WIDTH: f64 = 770.0;
/// The height of a row, and of a bar in it.
const ROW: f64 = 24.0;
const BAR: f64 = 14.0;
/// The height of the scale at the top.
const TOP: f64 = 24.0;
/// Parts of the scale.
const TICKS: i32 = 5;

/// The drawing.
#[derive(Clone, Debug)]
pub(super) struct Gantt {
    pub(super) rows: Vec<Row>,
    pub(super) ticks: Vec<Tick>,
    pub(super) height: f64,
    /// Tasks that are not drawn.
    pub(super) left_out: usize,
}

/// A row: a name and its bars.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) full_name: String,
    pub(super) text_y: f64,
    pub(super) bars: Vec<Bar>,
}

/// A span.
#[derive(Clone, Debug)]
pub(super) struct Bar {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) class: &'static str,
    pub(super) title: String,
}

/// A line of the scale.
#[derive(Clone, Debug)]
pub(super) struct Tick {
    pub(super) x: f64,
    pub(super) name: String,
}

/// A span before it has a place.
struct Span {
    from: Timestamp,
    to: Timestamp,
    class: &'static str,
    what: String,
}

impl Gantt {
    /// The drawing, if anything has gone on.
    pub(super) fn of(
        run: &RunView,
        launches: &[LaunchView],
        tasks: &[TaskView],
        now: Timestamp,
    ) -> Option<Self> {
        let mut rows = vec![("dispatch".to_owned(), dispatch(launches, now))];
        let begun = tasks.iter().filter_map(|task| Some((task.name.clone(), vec![span(task, now)?])));
        let mut begun: Vec<_> = begun.collect();
        begun.sort_by_key(|(_, spans)| spans.first().map(|span| span.from));
        let left_out = begun.len().saturating_sub(MAX_ROWS);
        rows.extend(begun.into_iter().take(MAX_ROWS));
        rows.retain(|(_, spans)| !spans.is_empty());
        let spans = || rows.iter().flat_map(|(_, spans)| spans);
        let from = spans().map(|span| span.from).min()?;
        let to = spans().map(|span| span.to).chain(run.end_time).max()?;
        let scale = Scale { from, length: to.duration_since(from).max(SignedDuration::from_millis(1)) };
        let height = TOP + ROW * rows.len() as f64;
        let rows = rows.into_iter().enumerate().map(|(index, row)| scale.row(index, row)).collect();
        Some(Self { rows, ticks: scale.ticks(), height, left_out })
    }
}

fn dispatch(launches: &[LaunchView], now: Timestamp) -> Vec<Span> {
    let launch = |launch: &LaunchView| {
        let times = &launch.times;
        let started = times.presented.or(times.started);
        let launched = started.or(times.ended).unwrap_or(now);
        let waits =
            Span { from: times.claimed, to: launched, class: "is-submitted", what: "launch".to_owned() };
        let runs = started.map(|from| {
            let to = times.ended.unwrap_or(now);
            Span { from, to, class: "is-running", what: "process".to_owned() }
        });
        std::iter::once(waits).chain(runs)
    };
    launches.iter().rev().flat_map(launch).collect()
}

fn span(task: &TaskView, now: Timestamp) -> Option<Span> {
    let from = task.start_time?;
    let to = task.end_time.unwrap_or(now).max(from);
    let class = state_of(task).map_or("is-waiting", state_family);
    Some(Span { from, to, class, what: task.name.clone() })
}

/// How instants become places.
struct Scale {
    from: Timestamp,
    length: SignedDuration,
}

impl Scale {
    fn place(&self, at: Timestamp) -> f64 {
        let share = at.duration_since(self.from).as_secs_f64() / self.length.as_secs_f64();
        LEFT + WIDTH * share.clamp(0.0, 1.0)
    }

    fn row(&self, index: usize, (name, spans): (String, Vec<Span>)) -> Row {
        let top = TOP + ROW * index as f64;
        let bar = |span: Span| {
            let (x, end) = (self.place(span.from), self.place(span.to));
            Bar {
                x,
                y: top + (ROW - BAR) / 2.0,
                width: (end - x).max(2.0),
                height: BAR,
                class: span.class,
                title: format!("{}: {}", span.what, words::between(span.from, span.to)),
            }
        };
        Row {
            name: words::shortened(&name, 28),
            full_name: name,
            text_y: top + ROW / 2.0,
            bars: spans.into_iter().map(bar).collect(),
        }
    }

    fn ticks(&self) -> Vec<Tick> {
        let tick = |part: i32| Tick {
            x: LEFT + WIDTH * f64::from(part) / f64::from(TICKS),
            name: match part {
                0 => "0".to_owned(),
                part => words::duration(self.length / TICKS * part),
            },
        };
        (0..=TICKS).map(tick).collect()
    }
}
