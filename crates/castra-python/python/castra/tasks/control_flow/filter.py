"""Leaves results out of a list."""

from __future__ import annotations

import typing
from collections.abc import Callable
from typing import Any

from castra.core.task import Task
from castra.triggers import all_finished


class FilterTask(Task):
    """Gives the results that ``filter_func`` likes; unless given, those that are no exceptions and not ``None``."""

    def __init__(
        self,
        filter_func: Callable[[Any], bool] | None = None,
        log_func: Callable[[Any], str] | None = None,
        **kwargs: Any,
    ):
        kwargs.setdefault("skip_on_upstream_skip", False)
        kwargs.setdefault("trigger", all_finished)
        self.log_func = log_func
        self.filter_func = filter_func or (
            lambda result: result is not None and not isinstance(result, BaseException)
        )
        super().__init__(**kwargs)

    def run(self, task_results: typing.List[Any]) -> typing.List[Any]:  # noqa: UP006
        if not self.log_func:
            return [result for result in task_results if self.filter_func(result)]
        liked = [result for result in task_results if self.filter_func(result)]
        for result in task_results:
            if not self.filter_func(result):
                self.logger.info(self.log_func(result))
        return liked
