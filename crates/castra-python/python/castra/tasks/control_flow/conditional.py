"""Branches by value, and how they come together again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from castra.core.task import Task
from castra.tasks.core.function import FunctionTask
from castra.triggers import not_all_skipped
from castra.utilities.tasks import as_task, tags

if TYPE_CHECKING:
    from castra.core.flow import Flow


class CompareValue(Task):
    """Is skipped unless the result it is given equals ``value``, and so is all that waits for it."""

    def __init__(self, value: Any, **kwargs: Any):
        self.value = value
        kwargs.setdefault("name", f'CompareValue: "{value}"')
        super().__init__(**kwargs)

    def run(self, value: Any) -> None:
        if value != self.value:
            from castra.engine.signals import SKIP

            raise SKIP(f"the value is {value!r}, and this branch is for {self.value!r}")


class Merge(Task):
    """Gives the first result that is there."""

    def __init__(self, **kwargs: Any):
        if kwargs.setdefault("skip_on_upstream_skip", False):
            raise ValueError("a merge goes on where a branch was skipped: leave out `skip_on_upstream_skip=True`")
        kwargs.setdefault("trigger", not_all_skipped)
        super().__init__(**kwargs)

    def run(self, **task_results: Any) -> Any:
        ordered = sorted(task_results.items(), key=lambda item: int(item[0].split("_")[1]))
        return next((result for _, result in ordered if result is not None), None)


def switch(condition: Task, cases: Mapping[Any, Any], mapped: bool = False) -> None:
    """Runs the task whose value the condition's result equals, and skips the others."""
    with tags("switch"):
        for value, task in cases.items():
            equals = CompareValue(value=value).bind(value=condition, mapped=mapped)
            as_task(task).set_dependencies(upstream_tasks=[equals], mapped=mapped)


def ifelse(
    condition: Task, true_task: Any, false_task: Any, mapped: bool = False
) -> None:
    """Runs one task if the condition's result is true, and the other one if it is not."""
    cases = {value: task for value, task in ((True, true_task), (False, false_task)) if task is not None}
    if cases:
        is_true = FunctionTask(as_bool).bind(condition, mapped=mapped)
        switch(is_true, cases, mapped=mapped)


def as_bool(x):  # type: ignore[no-untyped-def]
    """Whether it is true."""
    return bool(x)


def merge(
    *tasks: Task, flow: Flow | None = None, mapped: bool = False, **kwargs: Any
) -> Task:
    """A task that gives the result of the branch that ran; it is skipped if all were."""
    numbered = {f"task_{index + 1}": task for index, task in enumerate(tasks)}
    return Merge(**kwargs).bind(flow=flow, mapped=mapped, **numbered)
