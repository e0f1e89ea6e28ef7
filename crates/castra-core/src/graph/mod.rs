//! The graph of a flow: tasks, edges between them, and the order in which they can run.
//!
//! [`SerializedFlow`] is the form in which flows are registered. Running a graph is left to the engines, storing its
//! parts to the server.

mod edge;
mod error;
mod layout;
mod parameter;
mod serialized;
mod task;

use std::collections::{BTreeMap, HashMap};

pub use edge::Edge;
pub use error::{FlowError, GraphError, MissingParameters};
pub use layout::{Layout, Point};
pub use parameter::{Parameter, check_parameters};
pub use serialized::{SerializedFlow, read_edges, read_tasks};
pub use task::{FunctionReference, Task};

/// The Prefect version whose wire form is written.
const WIRE_VERSION: &str = "1.4.1";

/// Tasks and edges without cycles: valid once built.
#[derive(Debug, Clone, PartialEq)]
pub struct FlowGraph {
    tasks: Vec<Task>,
    edges: Vec<Edge>,
    reference_tasks: Vec<String>,
    /// Position of a task in `tasks` by its slug.
    positions: HashMap<String, usize>,
    /// For each task the edges into it, as positions in `edges`.
    incoming: Vec<Vec<usize>>,
    /// For each task the edges out of it, as positions in `edges`.
    outgoing: Vec<Vec<usize>>,
    /// Positions of the tasks, each after all those it waits for.
    order: Vec<usize>,
}

impl FlowGraph {
    /// The graph of these tasks and edges. `reference_tasks` are the slugs of the tasks whose ends decide the end of
    /// the run; none means the terminal tasks.
    ///
    /// # Errors
    /// [`GraphError`] if slugs repeat, an edge or reference task names an unknown task, an argument is given twice, or
    /// tasks wait for each other.
    pub fn new(tasks: Vec<Task>, edges: Vec<Edge>, reference_tasks: Vec<String>) -> Result<Self, GraphError> {
        let positions = positions(&tasks)?;
        let unknown_reference = reference_tasks.iter().find(|slug| !positions.contains_key(*slug));
        if let Some(slug) = unknown_reference {
            return Err(GraphError::UnknownReferenceTask { slug: slug.clone() });
        }
        let (mut incoming, mut outgoing) = (vec![Vec::new(); tasks.len()], vec![Vec::new(); tasks.len()]);
        for (index, edge) in edges.iter().enumerate() {
            outgoing[position(&positions, edge, &edge.upstream)?].push(index);
            incoming[position(&positions, edge, &edge.downstream)?].push(index);
        }
        check_keys(&edges)?;
        let mut graph =
            FlowGraph { tasks, edges, reference_tasks, positions, incoming, outgoing, order: Vec::new() };
        graph.order = graph.sort()?;
        Ok(graph)
    }

    /// The tasks, in the order they were given.
    pub fn tasks(&self) -> &[Task] {
        &self.tasks
    }

    /// The edges, in the order they were given.
    pub fn edges(&self) -> &[Edge] {
        &self.edges
    }

    /// The task of this slug.
    pub fn task(&self, slug: &str) -> Option<&Task> {
        self.positions.get(slug).map(|&position| &self.tasks[position])
    }

    /// The tasks, each after all those it waits for; otherwise in the order they were given.
    pub fn in_order(&self) -> impl Iterator<Item = &Task> {
        self.order.iter().map(|&position| &self.tasks[position])
    }

    /// The edges into the task of this slug; none if there is no such task.
    pub fn edges_into(&self, slug: &str) -> impl Iterator<Item = &Edge> {
        self.edges_at(&self.incoming, slug)
    }

    /// The edges out of the task of this slug; none if there is no such task.
    pub fn edges_out_of(&self, slug: &str) -> impl Iterator<Item = &Edge> {
        self.edges_at(&self.outgoing, slug)
    }

    /// Whether the task of this slug runs once for each item of a result.
    pub fn is_mapped(&self, slug: &str) -> bool {
        self.edges_into(slug).any(|edge| edge.mapped)
    }

    /// The tasks that wait for none.
    pub fn root_tasks(&self) -> impl Iterator<Item = &Task> {
        self.tasks.iter().zip(&self.incoming).filter(|(_, edges)| edges.is_empty()).map(|(task, _)| task)
    }

    /// The tasks that no other waits for.
    pub fn terminal_tasks(&self) -> impl Iterator<Item = &Task> {
        self.tasks.iter().zip(&self.outgoing).filter(|(_, edges)| edges.is_empty()).map(|(task, _)| task)
    }

    /// The tasks whose ends decide the end of the run: those that were set, else the terminal tasks.
    pub fn reference_tasks(&self) -> Vec<&Task> {
        if self.reference_tasks.is_empty() {
            return self.terminal_tasks().collect();
        }
        self.reference_tasks.iter().filter_map(|slug| self.task(slug)).collect()
    }

    fn edges_at<'a>(&'a self, ends: &'a [Vec<usize>], slug: &str) -> impl Iterator<Item = &'a Edge> {
        let edges = self.positions.get(slug).map_or(&[][..], |&position| &ends[position]);
        edges.iter().map(|&index| &self.edges[index])
    }

    /// Kahn's algorithm: takes the earliest given task that waits for no untaken one.
    fn sort(&self) -> Result<Vec<usize>, GraphError> {
        let mut waits_for: Vec<usize> = self.incoming.iter().map(Vec::len).collect();
        let ready = waits_for.iter().enumerate().filter(|(_, count)| **count == 0);
        let mut ready: std::collections::BTreeSet<usize> = ready.map(|(position, _)| position).collect();
        let mut order = Vec::with_capacity(self.tasks.len());
        while let Some(position) = ready.pop_first() {
            order.push(position);
            for &edge in &self.outgoing[position] {
                let downstream = self.positions[&self.edges[edge].downstream];
                waits_for[downstream] -= 1;
                if waits_for[downstream] == 0 {
                    ready.insert(downstream);
                }
            }
        }
        match waits_for.iter().position(|count| *count > 0) {
            None => Ok(order),
            Some(waiting) => Err(GraphError::Cycle { path: self.cycle(waiting, &waits_for) }),
        }
    }

    /// A cycle among the tasks that still wait, found by walking upstream from one of them until a task comes again.
    fn cycle(&self, waiting: usize, waits_for: &[usize]) -> Vec<String> {
        let mut walked: Vec<usize> = Vec::new();
        let mut current = Some(waiting);
        while let Some(position) = current {
            if let Some(start) = walked.iter().position(|seen| *seen == position) {
                walked.drain(..start);
                walked.push(position);
                break;
            }
            walked.push(position);
            let upstream = |&edge: &usize| self.positions[&self.edges[edge].upstream];
            current = self.incoming[position].iter().map(upstream).find(|&upstream| waits_for[upstream] > 0);
        }
        walked.iter().rev().map(|&position| self.tasks[position].slug.clone()).collect()
    }
}

fn positions(tasks: &[Task]) -> Result<HashMap<String, usize>, GraphError> {
    let mut positions = HashMap::with_capacity(tasks.len());
    for (position, task) in tasks.iter().enumerate() {
        if positions.insert(task.slug.clone(), position).is_some() {
            return Err(GraphError::DuplicateSlug { slug: task.slug.clone() });
        }
    }
    Ok(positions)
}

fn position(positions: &HashMap<String, usize>, edge: &Edge, slug: &str) -> Result<usize, GraphError> {
    positions.get(slug).copied().ok_or_else(|| GraphError::UnknownTask {
        upstream: edge.upstream.clone(),
        downstream: edge.downstream.clone(),
        unknown: slug.to_owned(),
    })
}

fn check_keys(edges: &[Edge]) -> Result<(), GraphError> {
    let mut given: BTreeMap<(&str, &str), &Edge> = BTreeMap::new();
    for edge in edges {
        let Some(key) = &edge.key else { continue };
        if let Some(first) = given.insert((&edge.downstream, key), edge) {
            return Err(GraphError::DuplicateKey {
                task: edge.downstream.clone(),
                key: key.clone(),
                first: first.upstream.clone(),
                second: edge.upstream.clone(),
            });
        }
    }
    Ok(())
}
