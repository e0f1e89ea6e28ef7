//! What can be wrong with a flow or with what a run of it is given.

use castra_core::graph::MissingParameters;

/// A mistake in a flow.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FlowError {
    /// An output of another flow was used.
    #[error("a task of the flow `{flow}` is given an output of another flow; use outputs of the same flow")]
    ForeignOutput {
        /// The flow's name.
        flow: String,
    },
    /// A parameter's name is taken.
    #[error("there are two parameters `{parameter}`; keep the output of the first and use it twice")]
    DuplicateParameter {
        /// Its name.
        parameter: String,
    },
    /// A parameter's default is not what the tasks take.
    #[error("the default of the parameter `{parameter}` does not fit the tasks that take it: {reason}")]
    BadDefault {
        /// Its name.
        parameter: String,
        /// What does not fit.
        reason: String,
    },
    /// A fixed value has no JSON form.
    #[error("a value given to the task `{task}` has no JSON form: {reason}")]
    BadValue {
        /// The task's name.
        task: String,
        /// Why.
        reason: String,
    },
    /// A task is mapped over nothing.
    #[error(
        "the task `{task}` is mapped, but every input is `unmapped` or a fixed value; use `call` instead"
    )]
    NothingMapped {
        /// The task's name.
        task: String,
    },
}

/// Why a run did not begin.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RunError {
    /// The flow has a mistake.
    #[error(transparent)]
    Flow(#[from] FlowError),
    /// Parameters are missing.
    #[error(transparent)]
    MissingParameters(#[from] MissingParameters),
    /// A parameter was given that the flow does not have.
    #[error("the flow `{flow}` has no parameter `{parameter}`; it has {known}")]
    UnknownParameter {
        /// The flow's name.
        flow: String,
        /// The name that was given.
        parameter: String,
        /// The names that it has.
        known: String,
    },
}
