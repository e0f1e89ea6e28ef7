"""`LocalExecutor`, which runs are executed by unless they say otherwise."""

from __future__ import annotations

from castra.executors.base import Executor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class LocalExecutor(Executor):
    """One task after the other, on the thread that runs the flow."""


def chosen(executor: Any) -> Executor:
    """The executor that a run is executed by, if this is what it says.

    Raises ``TypeError`` if that is no executor.
    """
    if executor is None:
        return LocalExecutor()
    if not isinstance(executor, Executor):
        raise TypeError(f"`executor` is one of castra.executors, such as LocalDaskExecutor(), not {executor!r}")
    return executor
