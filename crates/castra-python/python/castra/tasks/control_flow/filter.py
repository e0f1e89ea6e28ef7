"""Leaves results out of a list."""

from __future__ import annotations

import typing
from collections.abc import Callable
from typing import Any

from castra.core.task import Task
from castra.triggers import all_finished


class FilterTask(Task):
    """Gives the results that ``filter_func`` likes; unless given, those that are no exceptions and not ``None``. ``log_func`` is given what
    is left, and says what is logged of it."""

    def __init__(
        self,
        filter_func: Callable[[Any], bool] | None = None,
        log_func: Callable[[typing.List[Any]], str] | None = None,
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
        liked = [result for result in task_results if self.filter_func(result)]
        if self.log_func:
            self.logger.info(self.log_func(liked))
        return liked
