"""What a task's ``run`` looks like: whether arguments can be given to it by name, and how many items it returns."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable
from typing import Any

#: Names of arguments that calling a task takes for itself.
RESERVED = ("upstream_tasks", "mapped", "task_args", "flow")


def check_run(run: Any) -> None:
    """Refuses what cannot be given its arguments by name.

    Raises ``ValueError`` for variable or reserved arguments, and for what cannot be looked into.
    """
    try:
        arguments = inspect.getfullargspec(inspect.unwrap(run))
    except TypeError:
        raise ValueError(
            "the arguments of this function are not known to Python, as with many that are written in C: call it from a "
            "function of your own, and make that the task"
        ) from None
    if arguments.varargs:
        raise ValueError(
            "a task gets its arguments by name and can take no *args: name them, or take **kwargs"
        )
    taken = [name for name in RESERVED if name in arguments.args]
    if taken:
        raise ValueError(
            f"rename {', '.join(taken)}: calling a task takes arguments of these names for itself"
        )


def check_is_function(run: Callable[..., Any], name: str) -> None:
    """Refuses arguments that can only be given by position.

    Raises ``TypeError``.
    """
    parameters = inspect.signature(run).parameters.values()
    positional = [parameter.name for parameter in parameters if parameter.kind is inspect.Parameter.POSITIONAL_ONLY]
    if positional:
        raise TypeError(
            f"task {name} takes {', '.join(positional)} by position only, and a task gets its arguments by name: leave out the `/`"
        )


def types_of(run: Callable[..., Any]) -> dict[str, Any]:
    """The annotations of its arguments and of what it returns, as types, or as texts if they name what is not there."""
    try:
        # `None` stands for its type there, and not here.
        return {name: None if hint is type(None) else hint for name, hint in typing.get_type_hints(run).items()}
    except Exception:
        return dict(getattr(run, "__annotations__", {}))


def number_of_outputs(run: Callable[..., Any]) -> int | None:
    """How many items the result has, by its annotation; ``None`` if that does not say."""
    annotation = types_of(run).get("return")
    if typing.get_origin(annotation) is not tuple or annotation is typing.Tuple:  # noqa: UP006
        return None
    items = typing.get_args(annotation)
    if items == ((),):
        return 0
    return None if len(items) == 2 and items[1] is Ellipsis else len(items)
