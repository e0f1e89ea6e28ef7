"""``with case(task, value):`` — what is written in the block runs only if the result equals the value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from castra.core.task import Task
from castra.tasks.control_flow.conditional import CompareValue
from castra.utilities.context import context

if TYPE_CHECKING:
    from castra.core.flow import Flow


class case:  # noqa: N801
    """A block of tasks that run only if the result of ``task`` equals ``value``.

    Raises ``TypeError`` if ``value`` is a task itself.
    """

    def __init__(self, task: Task, value: Any):
        if isinstance(value, Task):
            raise TypeError("case: what is compared with has to be known when the flow is written, and this `value` is a task")
        self.task = task
        self.value = value
        self._tasks: set[Task] = set()
        self._flow: Flow | None = None
        self._outer: case | None = None

    def add_task(self, task: Task, flow: Flow) -> None:
        """Notes a task that is written in the block."""
        if self._flow is not None and self._flow is not flow:
            raise ValueError("a `case` block belongs to one flow, and its tasks are of two")
        self._flow = flow
        self._tasks.add(task)

    def __enter__(self) -> None:
        self._outer = context.get("case")
        context["case"] = self

    def __exit__(self, *_: object) -> None:
        if self._outer is None:
            context.pop("case", None)
        else:
            context["case"] = self._outer
        if self._flow is None:
            return
        equals = CompareValue(self.value, name=f"case({self.value})").bind(value=self.task, flow=self._flow)
        for task in self._tasks:
            # The others wait for those, and are skipped with them.
            if not self._tasks & self._flow.upstream_tasks(task):
                task.set_upstream(equals, flow=self._flow)
