//! Task functions: any async function whose arguments can be read and whose result can be written is one. Here its types
//! are erased, so that the engine can call it with results of other tasks.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use anyhow::Context as _;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::data::Data;

/// One attempt of a task, under way.
pub(crate) type Attempt = Pin<Box<dyn Future<Output = anyhow::Result<Data>> + Send>>;

/// A task function without its types: it is given a value for each argument.
pub(crate) type ErasedFunction = Arc<dyn Fn(&[Data]) -> anyhow::Result<Attempt> + Send + Sync>;

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
                Erased(Arc::new(move |inputs| {
                    let mut inputs = inputs.iter().enumerate();
                    $(let $argument: $argument = read(&mut inputs)?;)*
                    debug_assert!(inputs.next().is_none(), "a task is given as many values as it has arguments");
                    Ok(attempt(self($($argument),*)))
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

fn attempt<T: Serialize, E: Into<anyhow::Error>>(
    future: impl Future<Output = Result<T, E>> + Send + 'static,
) -> Attempt {
    Box::pin(async move {
        let result = future.await.map_err(Into::into)?;
        serde_json::to_value(result).map(Data::new).context("the result has no JSON form")
    })
}
