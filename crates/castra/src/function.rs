//! Task functions: any async function whose arguments can be read and whose result can be written is one. Here its types
//! are erased, so that the engine can call it with results of other tasks; functions of other languages come without types.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use anyhow::Context as _;
use castra_core::state::StateKind;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::context::Context;
use crate::data::Data;
use crate::outcome::Outcome;
use crate::stopwatch::Stopwatch;

/// One attempt of a task, under way. It is dropped, and so broken off, when it takes longer than the task's timeout or the
/// run is cancelled.
pub type Attempt = Pin<Box<dyn Future<Output = Outcome> + Send>>;

/// A task function without its types.
pub type ErasedFunction = Arc<dyn Fn(Call) -> Attempt + Send + Sync>;

/// What an attempt is given.
#[derive(Clone, Debug)]
pub struct Call {
    /// A value for each input of the task.
    pub inputs: Vec<Data>,
    /// How what the task waited for has ended, in the order of its edges; only for [`Trigger::Own`](crate::Trigger::Own).
    pub upstream: Vec<Upstream>,
    /// The task run that the attempt is part of.
    pub context: Context,
    /// What the rounds before gave, if the task repeats itself ([`Outcome::Looped`]).
    pub rounds: Rounds,
    /// The time that the task's timeout limits; a function that hands the attempt on may hold it.
    pub stopwatch: Stopwatch,
}

/// The rounds of a task that repeats itself.
#[derive(Clone, Debug)]
pub struct Rounds {
    /// Which round it is, counted from 1.
    pub number: u32,
    /// What the round before gave.
    pub result: Data,
}

impl Rounds {
    /// The first round.
    pub(crate) fn first() -> Self {
        Rounds { number: 1, result: Data::nothing() }
    }
}

/// How something that a task waited for has ended.
#[derive(Clone, Debug)]
pub struct Upstream {
    /// Its state.
    pub kind: StateKind,
    /// The states of its children, if it is Mapped.
    pub children: Vec<StateKind>,
    /// Its result.
    pub data: Data,
}

/// What can be a task: an async function, or a closure that returns a future, of up to six arguments.
///
/// Arguments implement `serde::Deserialize`; the function returns a `Result` whose value implements
/// `serde::Serialize` and whose error is `anyhow::Error` or any error type.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a task",
    note = "a task is an `async fn` with up to six arguments that implement `serde::Deserialize`",
    note = "it returns a `Result` with a value that implements `serde::Serialize` and an error that converts into `anyhow::Error`",
    note = "its arguments are owned (`String`, not `&str`) and its future is `Send`"
)]
pub trait TaskFunction<Arguments>: Send + Sync + 'static {
    /// What the task gives to the tasks after it.
    type Output;

    #[doc(hidden)]
    fn erase(self) -> Erased;
}

/// A function whose types are erased.
#[doc(hidden)]
pub struct Erased(pub(crate) ErasedFunction);

macro_rules! task_function {
    ($($argument:ident),*) => {
        impl<F, Fut, T, E, $($argument),*> TaskFunction<($($argument,)*)> for F
        where
            F: Fn($($argument),*) -> Fut + Send + Sync + 'static,
            Fut: Future<Output = Result<T, E>> + Send + 'static,
            T: Serialize,
            E: Into<anyhow::Error>,
            $($argument: DeserializeOwned,)*
        {
            type Output = T;

            #[allow(non_snake_case, reason = "the arguments are named like their types")]
            fn erase(self) -> Erased {
                let call = move |inputs: &[Data]| -> anyhow::Result<Fut> {
                    let mut inputs = inputs.iter().enumerate();
                    $(let $argument: $argument = read(&mut inputs)?;)*
                    debug_assert!(inputs.next().is_none(), "a task is given as many values as it has arguments");
                    Ok(self($($argument),*))
                };
                Erased(Arc::new(move |Call { inputs, .. }| {
                    let called = call(&inputs);
                    Box::pin(async move { Outcome::of_result(finished(called).await) })
                }))
            }
        }
    };
}

task_function!();
task_function!(A);
task_function!(A, B);
task_function!(A, B, C);
task_function!(A, B, C, D);
task_function!(A, B, C, D, G);
task_function!(A, B, C, D, G, H);

fn read<'a, T: DeserializeOwned>(inputs: &mut impl Iterator<Item = (usize, &'a Data)>) -> anyhow::Result<T> {
    let (index, data) = inputs.next().context("the task is given fewer values than it has arguments")?;
    data.read().with_context(|| format!("argument {} cannot be read", index + 1))
}

async fn finished<T: Serialize, E: Into<anyhow::Error>>(
    called: anyhow::Result<impl Future<Output = Result<T, E>>>,
) -> anyhow::Result<Data> {
    let result = called?.await.map_err(Into::into)?;
    serde_json::to_value(result).map(Data::new).context("the result has no JSON form")
}
