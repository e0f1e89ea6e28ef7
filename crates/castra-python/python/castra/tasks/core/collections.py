"""Several results as one argument: a list, tuple, set or dict of tasks."""

from __future__ import annotations

import typing
from typing import Any

from castra.core.task import Task


class VarArgsTask(Task):
    """Takes any number of results, in order."""

    def __init__(self, **kwargs: Any):
        super().__init__(**kwargs)
        self.auto_generated = True

    def bind(self, *args: Any, upstream_tasks: Any = None, mapped: bool = False, flow: Any = None, **kwargs: Any) -> Task:
        numbered = {f"arg_{index + 1}": argument for index, argument in enumerate(args)}
        return super().bind(upstream_tasks=upstream_tasks, mapped=mapped, flow=flow, **numbered, **kwargs)


class List(VarArgsTask):
    """The results as a list."""

    def run(self, **task_results: Any) -> list:  # type: ignore[type-arg]
        return _in_order(task_results)


class Tuple(VarArgsTask):
    """The results as a tuple."""

    def run(self, **task_results: Any) -> tuple:  # type: ignore[type-arg]
        return tuple(_in_order(task_results))


class Set(VarArgsTask):
    """The results as a set."""

    def run(self, **task_results: Any) -> set:  # type: ignore[type-arg]
        return set(task_results.values())


class Dict(Task):
    """The results as a dict."""

    def __init__(self, **kwargs: Any):
        super().__init__(**kwargs)
        self.auto_generated = True

    def run(self, keys: typing.Iterable[Any], values: typing.Iterable[Any]) -> dict:  # type: ignore[type-arg]  # noqa: UP006
        keys, values = list(keys), list(values)
        if len(keys) != len(values):
            raise ValueError(f"a dict of {len(keys)} keys cannot have {len(values)} values")
        return dict(zip(keys, values))


def _in_order(results: dict[str, Any]) -> list[Any]:
    return [result for _, result in sorted(results.items(), key=lambda item: int(item[0].split("_")[1]))]
