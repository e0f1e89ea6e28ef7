"""Writing tasks: the ``@task`` decorator, values as tasks, tags, and mapping of several tasks at once."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone

from castra.core.task import Task
from castra.tasks.core.constants import Constant
from castra.tasks.core.function import FunctionTask
from castra.utilities.context import context
from castra.utilities.edges import EdgeAnnotation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, overload

    from castra.core.flow import Flow
else:

    def overload(signature):
        """Is for type checkers."""


@overload
def task(fn: Callable[..., Any], **task_init_kwargs: Any) -> FunctionTask: ...
@overload
def task(**task_init_kwargs: Any) -> Callable[[Callable[..., Any]], FunctionTask]: ...


def task(fn: Callable[..., Any] | None = None, **task_init_kwargs: Any) -> Any:
    """Makes a function a task: ``@task``, or ``@task(max_retries=3, retry_delay=...)`` with arguments of ``Task``."""
    if fn is not None:
        return FunctionTask(fn=fn, **task_init_kwargs)
    return functools.partial(task, **task_init_kwargs)


@contextmanager
def tags(*tags: str) -> Iterator[None]:
    """Tasks that are written in the block have these tags."""
    with context(tags=set(context.get("tags", ())) | set(tags)):
        yield


def as_task(value: Any, flow: Flow | None = None) -> Task:
    """The value as a task: itself, a task that gathers the tasks in a list, tuple, set or dict, or a constant."""
    if isinstance(value, EdgeAnnotation):
        return as_task(value.value, flow=flow)
    if isinstance(value, Task):
        return value
    if _is_constant(value):
        return Constant(value)
    from castra.tasks.core import collections

    if isinstance(value, dict):
        return collections.Dict().bind(keys=list(value.keys()), values=list(value.values()), flow=flow)
    if isinstance(value, list):
        return collections.List().bind(*value, flow=flow)
    if isinstance(value, tuple):
        return collections.Tuple().bind(*value, flow=flow)
    return collections.Set().bind(*value, flow=flow)


def _is_constant(value: Any) -> bool:
    """Whether there is no task in it."""
    if isinstance(value, (Task, EdgeAnnotation)):
        return False
    if type(value) in (list, tuple, set):
        return all(map(_is_constant, value))
    if type(value) is dict:
        return all(_is_constant(item) for pair in value.items() for item in pair)
    return True


def defaults_from_attrs(*attr_args: str) -> Callable[..., Any]:
    """For ``run``: these arguments are, unless given, the task's attributes of the same name."""

    def decorate(run: Callable[..., Any]) -> Callable[..., Any]:
        import inspect

        signature = inspect.signature(run)

        @functools.wraps(run)
        def method(self: Any, *args: Any, **kwargs: Any) -> Any:
            given = signature.bind_partial(self, *args, **kwargs).arguments
            for name in attr_args:
                if name not in given:
                    kwargs[name] = getattr(self, name)
            return run(self, *args, **kwargs)

        return method

    return decorate


def apply_map(func: Callable[..., Any], *args: Any, flow: Flow | None = None, **kwargs: Any) -> Any:
    """Calls ``func``, which writes several tasks, and maps all of them over the arguments.

    Raises ``ValueError`` outside of a flow.
    """
    from castra.utilities.mapping import apply_map as apply

    return apply(func, *args, flow=flow, **kwargs)


def pause_task(message: str | None = None, duration: timedelta | None = None) -> None:
    """Pauses the task that calls it, for ``duration`` or until somebody resumes it. The task is then run anew from its beginning, and
    this does nothing."""
    from castra.engine.signals import PAUSE

    if not context.get("resume"):
        start_time = None if duration is None else datetime.now(timezone.utc) + duration
        raise PAUSE(message or "The task pauses itself.", start_time=start_time)
