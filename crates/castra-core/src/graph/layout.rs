//! Where the boxes of a graph stand: in columns, each box right of all those it waits for (longest path), in each column in
//! the order that crosses few lines (the mean place of the neighbours, swept to and fro). A line over several columns has a
//! place of its own in each. Places are whole columns and, downwards, fractions of rows.

use std::collections::VecDeque;

/// A place, in columns and rows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Columns from the left.
    pub x: f64,
    /// Rows from above.
    pub y: f64,
}

/// Where everything stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    /// The place of each node.
    pub nodes: Vec<Point>,
    /// The places over which each edge goes, its ends included.
    pub edges: Vec<Vec<Point>>,
    /// Columns and rows.
    pub size: Point,
}

/// How often the columns are put in order.
const SWEEPS: usize = 6;

impl Layout {
    /// The layout of `count` nodes; an edge leads from its first node to its second.
    pub fn new(count: usize, edges: &[(usize, usize)]) -> Self {
        let ranks = ranks(count, edges);
        // What would lead backwards is part of a cycle, which a flow never has.
        let edges: Vec<_> = edges.iter().copied().filter(|&(from, to)| ranks[from] < ranks[to]).collect();
        let mut columns = Columns::new(&ranks, &edges);
        for sweep in 0..SWEEPS {
            columns.sweep(sweep % 2 == 0);
        }
        columns.into_layout(count)
    }
}

/// The column of each node: the longest way to it.
fn ranks(count: usize, edges: &[(usize, usize)]) -> Vec<usize> {
    let mut ranks = vec![0; count];
    let mut open = vec![0; count];
    edges.iter().for_each(|&(_, to)| open[to] += 1);
    let mut ready: VecDeque<usize> = (0..count).filter(|&node| open[node] == 0).collect();
    while let Some(node) = ready.pop_front() {
        for &(_, to) in edges.iter().filter(|&&(from, _)| from == node) {
            ranks[to] = ranks[to].max(ranks[node] + 1);
            open[to] -= 1;
            if open[to] == 0 {
                ready.push_back(to);
            }
        }
    }
    ranks
}

/// Nodes and the bends of long edges, by column.
struct Columns {
    /// What stands in each column, from above.
    order: Vec<Vec<usize>>,
    /// What is left and right of each, beside it.
    left: Vec<Vec<usize>>,
    right: Vec<Vec<usize>>,
    /// The row of each.
    rows: Vec<f64>,
    /// What each edge goes over.
    chains: Vec<Vec<usize>>,
}

impl Columns {
    fn new(ranks: &[usize], edges: &[(usize, usize)]) -> Self {
        let columns = ranks.iter().max().map_or(0, |last| last + 1);
        let mut order = vec![Vec::new(); columns];
        ranks.iter().enumerate().for_each(|(node, &rank)| order[rank].push(node));
        let mut next = ranks.len();
        let mut chains = Vec::new();
        for &(from, to) in edges {
            let mut chain = vec![from];
            for column in &mut order[ranks[from] + 1..ranks[to]] {
                column.push(next);
                chain.push(next);
                next += 1;
            }
            chain.push(to);
            chains.push(chain);
        }
        let (mut left, mut right) = (vec![Vec::new(); next], vec![Vec::new(); next]);
        for pair in chains.iter().flat_map(|chain| chain.windows(2)) {
            right[pair[0]].push(pair[1]);
            left[pair[1]].push(pair[0]);
        }
        let mut columns = Self { order, left, right, rows: vec![0.0; next], chains };
        columns.order.iter().for_each(|column| place(column, None, &mut columns.rows));
        columns
    }

    /// Puts each column in the order of its neighbours' rows: of those on the left, or of those on the right.
    fn sweep(&mut self, from_left: bool) {
        let count = self.order.len();
        for step in 0..count {
            let column = if from_left { step } else { count - 1 - step };
            let neighbours = if from_left { &self.left } else { &self.right };
            let wish = |node: usize| mean(&neighbours[node], &self.rows).unwrap_or(self.rows[node]);
            let wishes: Vec<f64> = (0..self.rows.len()).map(wish).collect();
            self.order[column].sort_by(|a, b| wishes[*a].total_cmp(&wishes[*b]));
            place(&self.order[column], Some(&wishes), &mut self.rows);
        }
    }

    fn into_layout(self, count: usize) -> Layout {
        let first = self.rows.iter().copied().fold(f64::INFINITY, f64::min);
        let first = if first.is_finite() { first } else { 0.0 };
        let mut places = vec![Point { x: 0.0, y: 0.0 }; self.rows.len()];
        for (x, column) in self.order.iter().enumerate() {
            column.iter().for_each(|&node| places[node] = Point { x: x as f64, y: self.rows[node] - first });
        }
        let rows = places.iter().map(|place| place.y + 1.0).fold(0.0, f64::max);
        let chain = |chain: &Vec<usize>| chain.iter().map(|&node| places[node]).collect();
        Layout {
            edges: self.chains.iter().map(chain).collect(),
            nodes: places[..count].to_vec(),
            size: Point { x: self.order.len() as f64, y: rows },
        }
    }
}

fn mean(nodes: &[usize], rows: &[f64]) -> Option<f64> {
    let sum: f64 = nodes.iter().map(|&node| rows[node]).sum();
    (!nodes.is_empty()).then(|| sum / nodes.len() as f64)
}

/// Gives each of a column a row: where it wishes to be, but below the one before it, the whole moved to the middle of the
/// wishes.
fn place(column: &[usize], wishes: Option<&[f64]>, rows: &mut [f64]) {
    let wish = |index: usize, node: usize| wishes.map_or(index as f64, |wishes| wishes[node]);
    let mut below = f64::NEG_INFINITY;
    let mut moved = 0.0;
    for (index, &node) in column.iter().enumerate() {
        let wished = wish(index, node);
        rows[node] = wished.max(below);
        moved += rows[node] - wished;
        below = rows[node] + 1.0;
    }
    let back = moved / column.len().max(1) as f64;
    column.iter().for_each(|&node| rows[node] -= back);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn drawn(layout: &Layout) -> String {
        let places = layout.nodes.iter().enumerate();
        places.map(|(node, place)| format!("{node}: {:.1} {:.1}\n", place.x, place.y)).collect()
    }

    #[test]
    fn a_diamond_stands_upright() {
        let layout = Layout::new(4, &[(0, 1), (0, 2), (1, 3), (2, 3)]);
        insta::assert_snapshot!(drawn(&layout), @r"
        0: 0.0 0.5
        1: 1.0 0.0
        2: 1.0 1.0
        3: 2.0 0.5
        ");
    }

    #[test]
    fn a_long_edge_goes_around_the_boxes_between() {
        let layout = Layout::new(3, &[(0, 1), (1, 2), (0, 2)]);
        let bend = layout.edges[2][1];
        assert_eq!((bend.x, layout.edges[2].len()), (1.0, 3));
        assert!((bend.y - layout.nodes[1].y).abs() >= 1.0, "{layout:?}");
    }

    #[test]
    fn a_cycle_or_nothing_at_all_is_no_fault() {
        assert_eq!(Layout::new(0, &[]).nodes, []);
        assert_eq!(Layout::new(2, &[(0, 1), (1, 0)]).nodes.len(), 2);
    }

    proptest! {
        #[test]
        fn boxes_stand_right_of_what_they_wait_for_and_never_over_each_other(
            count in 1usize..40,
            pairs in proptest::collection::vec((0usize..40, 0usize..40), 0..80),
        ) {
            let edges: Vec<_> =
                pairs.into_iter().map(|(a, b)| (a % count, b % count)).filter(|(a, b)| a < b).collect();
            let layout = Layout::new(count, &edges);
            for &(from, to) in &edges {
                prop_assert!(layout.nodes[from].x < layout.nodes[to].x);
            }
            for (index, a) in layout.nodes.iter().enumerate() {
                prop_assert!(a.y >= 0.0 && a.y < layout.size.y && a.x < layout.size.x);
                for b in &layout.nodes[..index] {
                    prop_assert!(a.x != b.x || (a.y - b.y).abs() > 0.99, "{layout:?}");
                }
            }
        }
    }
}
