//! Outputs: what a task will give, as a typed handle that other tasks take as an argument. How an output is taken — as a
//! whole, item by item, flattened, or the same for every item — is said where it is given.

use std::marker::PhantomData;

use serde::Serialize;
use serde_json::Value;

/// What a task or a parameter will give when the flow runs. Copy it freely.
pub struct Output<T> {
    pub(crate) source: Source,
    value: PhantomData<fn() -> T>,
}

/// The task behind an output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Source {
    /// Which flow it belongs to.
    pub(crate) flow: u64,
    /// Its place in the flow.
    pub(crate) task: usize,
}

impl<T> Output<T> {
    pub(crate) fn new(flow: u64, task: usize) -> Self {
        Output { source: Source { flow, task }, value: PhantomData }
    }
}

impl<T> Clone for Output<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Output<T> {}

/// The same value for every item of a mapping; made by [`unmapped`].
pub struct Unmapped<T>(Output<T>);

/// The items of lists, one after the other; made by [`flatten`].
pub struct Flattened<T>(Output<Vec<Vec<T>>>);

/// A value that is known when the flow is written; made by [`value`].
pub struct Constant<T>(T);

/// In a mapping, gives the whole of `output` to every item's task run.
pub fn unmapped<T>(output: Output<T>) -> Unmapped<T> {
    Unmapped(output)
}

/// In a mapping, maps over the items of the lists in `output`.
pub fn flatten<T>(output: Output<Vec<Vec<T>>>) -> Flattened<T> {
    Flattened(output)
}

/// Gives a fixed value to a task.
pub fn value<T>(value: T) -> Constant<T> {
    Constant(value)
}

/// How one argument of a task comes about.
#[derive(Clone, Debug)]
#[doc(hidden)]
pub struct Argument(pub(crate) ArgumentKind);

#[derive(Clone, Debug)]
pub(crate) enum ArgumentKind {
    /// The result of a task.
    Whole(Source),
    /// An item of the result of a task.
    Each(Source),
    /// An item of an item of the result of a task.
    EachFlattened(Source),
    /// The results of several tasks, as a list.
    Several(Vec<Source>),
    /// A fixed value, or why it has no JSON form.
    Constant(Result<Value, String>),
}

/// What can be given to [`call`](crate::TaskBuilder::call) for an argument of type `T`.
#[diagnostic::on_unimplemented(
    message = "an argument of type `{T}` cannot be given a `{Self}`",
    label = "expected `Output<{T}>` or `value(…)` with a `{T}`"
)]
pub trait Input<T> {
    #[doc(hidden)]
    fn argument(self) -> Argument;
}

/// What can be given to [`map`](crate::TaskBuilder::map) for an argument of type `T`.
#[diagnostic::on_unimplemented(
    message = "an argument of type `{T}` cannot be mapped over a `{Self}`",
    label = "expected `Output<Vec<{T}>>`, `unmapped(…)`, `flatten(…)` or `value(…)`"
)]
pub trait MapInput<T> {
    #[doc(hidden)]
    fn argument(self) -> Argument;
}

impl<T> Input<T> for Output<T> {
    fn argument(self) -> Argument {
        Argument(ArgumentKind::Whole(self.source))
    }
}

/// Nothing, if the task before did not succeed and the trigger runs this one all the same.
impl<T> Input<Option<T>> for Output<T> {
    fn argument(self) -> Argument {
        Argument(ArgumentKind::Whole(self.source))
    }
}

/// Nothing in the place of every item whose task run did not succeed.
impl<T> Input<Vec<Option<T>>> for Output<Vec<T>> {
    fn argument(self) -> Argument {
        Argument(ArgumentKind::Whole(self.source))
    }
}

/// The results of several tasks as one list.
impl<T> Input<Vec<T>> for Vec<Output<T>> {
    fn argument(self) -> Argument {
        Argument(ArgumentKind::Several(self.into_iter().map(|output| output.source).collect()))
    }
}

impl<T: Serialize> Input<T> for Constant<T> {
    fn argument(self) -> Argument {
        let value = serde_json::to_value(self.0).map_err(|error| error.to_string());
        Argument(ArgumentKind::Constant(value))
    }
}

impl<T> MapInput<T> for Output<Vec<T>> {
    fn argument(self) -> Argument {
        Argument(ArgumentKind::Each(self.source))
    }
}

/// Nothing, if the task run of the item did not succeed and the trigger runs this one all the same.
impl<T> MapInput<Option<T>> for Output<Vec<T>> {
    fn argument(self) -> Argument {
        Argument(ArgumentKind::Each(self.source))
    }
}

impl<T> MapInput<T> for Unmapped<T> {
    fn argument(self) -> Argument {
        Argument(ArgumentKind::Whole(self.0.source))
    }
}

impl<T> MapInput<T> for Flattened<T> {
    fn argument(self) -> Argument {
        Argument(ArgumentKind::EachFlattened(self.0.source))
    }
}

impl<T: Serialize> MapInput<T> for Constant<T> {
    fn argument(self) -> Argument {
        Input::<T>::argument(self)
    }
}

/// What can be given to [`call`](crate::TaskBuilder::call) for all arguments of a task: nothing as `()`, a single one
/// as it is, several as a tuple.
#[diagnostic::on_unimplemented(
    message = "a task with the arguments `{Arguments}` cannot be called with `{Self}`",
    note = "one argument is given as it is, several as a tuple: `.call((rows, country))`; none is `()`"
)]
pub trait Inputs<Arguments> {
    #[doc(hidden)]
    fn arguments(self) -> Vec<Argument>;
}

/// What can be given to [`map`](crate::TaskBuilder::map) for all arguments of a task.
#[diagnostic::on_unimplemented(
    message = "a task with the arguments `{Arguments}` cannot be mapped over `{Self}`",
    note = "one argument is given as it is, several as a tuple: `.map((rows, unmapped(country)))`"
)]
pub trait MapInputs<Arguments> {
    #[doc(hidden)]
    fn arguments(self) -> Vec<Argument>;
}

impl Inputs<()> for () {
    fn arguments(self) -> Vec<Argument> {
        Vec::new()
    }
}

impl<A, I: Input<A>> Inputs<(A,)> for I {
    fn arguments(self) -> Vec<Argument> {
        vec![self.argument()]
    }
}

impl<A, I: MapInput<A>> MapInputs<(A,)> for I {
    fn arguments(self) -> Vec<Argument> {
        vec![self.argument()]
    }
}

macro_rules! tuples {
    ($($argument:ident $input:ident),*) => {
        impl<$($argument, $input: Input<$argument>),*> Inputs<($($argument,)*)> for ($($input,)*) {
            #[allow(non_snake_case, reason = "the inputs are named like their types")]
            fn arguments(self) -> Vec<Argument> {
                let ($($input,)*) = self;
                vec![$($input.argument()),*]
            }
        }

        impl<$($argument, $input: MapInput<$argument>),*> MapInputs<($($argument,)*)> for ($($input,)*) {
            #[allow(non_snake_case, reason = "the inputs are named like their types")]
            fn arguments(self) -> Vec<Argument> {
                let ($($input,)*) = self;
                vec![$($input.argument()),*]
            }
        }
    };
}

tuples!(A IA, B IB);
tuples!(A IA, B IB, C IC);
tuples!(A IA, B IB, C IC, D ID);
tuples!(A IA, B IB, C IC, D ID, G IG);
tuples!(A IA, B IB, C IC, D ID, G IG, H IH);
