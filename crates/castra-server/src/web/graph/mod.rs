//! The tasks of a flow as boxes, and what waits for what as lines between them. Drawn here as SVG; where the boxes stand is
//! decided in castra-core's `graph/layout.rs`.

use std::collections::HashMap;

use castra_core::graph::{Layout, Point};
use castra_store::view::tasks::{TaskEdge, TaskView};
use uuid::Uuid;

use super::components::state_family;
use super::run::tasks::state_of;
use super::words;

/// A graph of more tasks is a hairball that nobody can read.
const MAX_TASKS: usize = 300;
/// The size of a box, and the room for it, in units of the drawing.
const BOX: Point = Point { x: 170.0, y: 34.0 };
const ROOM: Point = Point { x: 220.0, y: 48.0 };
/// Around the drawing.
const MARGIN: f64 = 8.0;
/// Letters that fit into a box.
const LETTERS: usize = 22;

/// The drawing.
#[derive(Clone, Debug)]
pub(super) struct Graph {
    pub(super) boxes: Vec<Node>,
    pub(super) lines: Vec<String>,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// A task.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) text_x: f64,
    pub(super) text_y: f64,
    pub(super) name: String,
    pub(super) full_name: String,
    pub(super) class: &'static str,
    pub(super) is_mapped: bool,
}

impl Graph {
    /// The drawing; `None` if there is nothing to see in it, or too much.
    pub(super) fn of(tasks: &[TaskView], edges: &[TaskEdge]) -> Option<Self> {
        if tasks.is_empty() || tasks.len() > MAX_TASKS {
            return None;
        }
        let places: HashMap<Uuid, usize> =
            tasks.iter().enumerate().map(|(index, task)| (task.id, index)).collect();
        let index = |(from, to): &TaskEdge| Some((*places.get(from)?, *places.get(to)?));
        let layout = Layout::new(tasks.len(), &edges.iter().filter_map(index).collect::<Vec<_>>());
        let boxes = tasks.iter().zip(&layout.nodes).map(|(task, place)| node(task, corner(*place)));
        Some(Self {
            boxes: boxes.collect(),
            lines: layout.edges.iter().map(|points| line(points)).collect(),
            width: (layout.size.x - 1.0).max(0.0) * ROOM.x + BOX.x + 2.0 * MARGIN,
            height: (layout.size.y - 1.0).max(0.0) * ROOM.y + BOX.y + 2.0 * MARGIN,
        })
    }
}

/// The upper left corner of the box at a place.
fn corner(place: Point) -> Point {
    Point { x: MARGIN + place.x * ROOM.x, y: MARGIN + place.y * ROOM.y }
}

fn node(task: &TaskView, corner: Point) -> Node {
    Node {
        x: corner.x,
        y: corner.y,
        width: BOX.x,
        height: BOX.y,
        text_x: corner.x + BOX.x / 2.0,
        text_y: corner.y + BOX.y / 2.0,
        name: words::shortened(&task.name, LETTERS),
        full_name: task.name.clone(),
        class: state_of(task).map_or("is-new", state_family),
        is_mapped: task.mapped,
    }
}

/// A smooth line from the right side of a box over the places between to the left side of another.
fn line(points: &[Point]) -> String {
    let side = |place: &Point, x: f64| Point { x: corner(*place).x + x, y: corner(*place).y + BOX.y / 2.0 };
    let Some((first, rest)) = points.split_first() else { return String::new() };
    let mut at = side(first, BOX.x);
    let mut path = format!("M{:.0} {:.0}", at.x, at.y);
    for (index, place) in rest.iter().enumerate() {
        let to = side(place, 0.0);
        let bend = (to.x - at.x) / 2.0;
        path += &format!(
            "C{:.0} {:.0} {:.0} {:.0} {:.0} {:.0}",
            at.x + bend,
            at.y,
            to.x - bend,
            to.y,
            to.x,
            to.y
        );
        at = to;
        if index + 1 < rest.len() {
            at.x += BOX.x;
            path += &format!("H{:.0}", at.x);
        }
    }
    path
}
