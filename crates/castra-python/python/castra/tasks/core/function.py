"""A function as a task: what ``@task`` makes."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper

from castra.core.signature import check_run
from castra.core.task import Task

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class FunctionTask(Task):
    """A task whose ``run`` is this function.

    Raises ``TypeError`` if it is no function, ``ValueError`` for a lambda without a name.
    """

    def __init__(self, fn: Callable[..., Any], name: str | None = None, **kwargs: Any):
        if not callable(fn):
            raise TypeError(f"a task is made of a function, and {fn!r} is none")
        name = name or getattr(fn, "__name__", type(self).__name__)
        check_run(fn)
        self.run = fn
        update_wrapper(self, fn)
        super().__init__(name=name, **kwargs)
