"""States of what has not begun."""

from __future__ import annotations

from datetime import datetime

from castra import times
from castra.engine.result import Result
from castra.engine.state.base import State
from castra.utilities.context import context as run_context

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Pending(State):
    """Not begun: the state of every new run."""

    color = "#8a5a00"

    def __init__(
        self,
        message: Any = None,
        result: Any = None,
        cached_inputs: dict[str, Result] | None = None,
        context: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message, result, context, cached_inputs)


class Scheduled(Pending):
    """Begins at `start_time`, which is now unless it is given; one without a time zone is UTC."""

    start_time: datetime | None

    def __init__(
        self,
        message: Any = None,
        result: Any = None,
        start_time: datetime | None = None,
        cached_inputs: dict[str, Result] | None = None,
        context: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message, result, cached_inputs, context)
        self.start_time = times.aware(start_time) or times.now()
        if "task_run_count" in run_context:
            self.context["task_run_count"] = run_context["task_run_count"]

    def _own_fields(self) -> dict[str, Any]:
        return {**super()._own_fields(), "start_time": times.written(self.start_time)}

    def _read(self, document: dict[str, Any]) -> None:
        super()._read(document)
        self.start_time = times.read(document.get("start_time"))


class Paused(Scheduled):
    """Waits for somebody to resume it, or until `start_time` if it is given."""

    def __init__(
        self,
        message: Any = None,
        result: Any = None,
        start_time: datetime | None = None,
        cached_inputs: dict[str, Result] | None = None,
        context: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message, result, start_time, cached_inputs, context)
        self.start_time = times.aware(start_time)


class Resume(Scheduled):
    """Was paused, and may go on."""


class Retrying(Scheduled):
    """Failed, and is tried again at `start_time`. `run_count` is how often it has run; made while a task runs, it is known, else 1."""

    run_count: int

    def __init__(
        self,
        message: Any = None,
        result: Any = None,
        start_time: datetime | None = None,
        cached_inputs: dict[str, Result] | None = None,
        context: dict[str, Any] | None = None,
        run_count: int | None = None,
    ) -> None:
        super().__init__(message, result, start_time, cached_inputs, context)
        self.run_count = run_context.get("task_run_count", 1) if run_count is None else run_count

    def _own_fields(self) -> dict[str, Any]:
        return {**super()._own_fields(), "run_count": self.run_count}

    def _read(self, document: dict[str, Any]) -> None:
        super()._read(document)
        self.run_count = document.get("run_count") or 1
