//! What can be wrong with a flow's graph, where, and what to do about it.

use crate::field::FieldError;
use crate::schedule::ScheduleError;

/// A serialized flow that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FlowError {
    /// A field is missing or of the wrong kind.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// The schedule cannot be read.
    #[error(transparent)]
    Schedule(#[from] ScheduleError),
}

/// Tasks and edges that make no graph.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GraphError {
    /// Two tasks have the same slug.
    #[error("two tasks have the slug {slug:?}; every task of a flow needs its own")]
    DuplicateSlug {
        /// The slug that both have.
        slug: String,
    },
    /// An edge leads from or to a task that is not there.
    #[error(
        "the edge {upstream:?} → {downstream:?} names the unknown task {unknown:?}; add the task or drop the edge"
    )]
    UnknownTask {
        /// Where the edge begins.
        upstream: String,
        /// Where the edge ends.
        downstream: String,
        /// Which of the two is not there.
        unknown: String,
    },
    /// A reference task is not there.
    #[error("the reference task {slug:?} is not a task of the flow")]
    UnknownReferenceTask {
        /// Its slug.
        slug: String,
    },
    /// Two edges give a task the same argument.
    #[error(
        "the task {task:?} gets its argument {key:?} from both {first:?} and {second:?}; one of them must go"
    )]
    DuplicateKey {
        /// The task that is given the argument twice.
        task: String,
        /// The argument.
        key: String,
        /// The upstream task of one edge.
        first: String,
        /// The upstream task of the other edge.
        second: String,
    },
    /// Tasks wait for each other.
    #[error("the tasks wait for each other: {}; drop one of these edges", path.join(" → "))]
    Cycle {
        /// The slugs along the cycle; the first one stands at the end again.
        path: Vec<String>,
    },
}

/// Parameters that a run needs and was not given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the run needs the parameter{} {}; give a value for each", if names.len() == 1 { "" } else { "s" }, names.join(", "))]
pub struct MissingParameters {
    /// Their names, in the order of the flow's parameters.
    pub names: Vec<String>,
}
