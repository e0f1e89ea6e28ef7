"""States of what has ended."""

from __future__ import annotations

from datetime import datetime

from castra import times
from castra.engine.result import Result
from castra.engine.state.base import State
from castra.utilities.context import context as run_context

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Finished(State):
    """Ended, well or badly."""


class Looped(Finished):
    """A round of a task that goes on. `loop_count` is how many rounds have run; made while a task runs, it is known, else 1."""

    loop_count: int

    def __init__(
        self,
        message: Any = None,
        result: Any = None,
        loop_count: int | None = None,
        context: dict[str, Any] | None = None,
        cached_inputs: dict[str, Result] | None = None,
    ) -> None:
        super().__init__(message, result, context, cached_inputs)
        self.loop_count = run_context.get("task_loop_count", 1) if loop_count is None else loop_count

    def _own_fields(self) -> dict[str, Any]:
        return {**super()._own_fields(), "loop_count": self.loop_count}

    def _read(self, document: dict[str, Any]) -> None:
        super()._read(document)
        self.loop_count = document.get("loop_count") or 1


class Success(Finished):
    """Ended well."""

    color = "#1a6b34"


class Cached(Success):
    """Ended with the result of an earlier run, which was kept with the inputs and parameters that it was made from, and holds
    until `cached_result_expiration`."""

    cached_parameters: dict[str, Any] | None
    cached_result_expiration: datetime | None
    hashed_inputs: dict[str, str] | None

    def __init__(
        self,
        message: Any = None,
        result: Any = None,
        cached_inputs: dict[str, Result] | None = None,
        cached_parameters: dict[str, Any] | None = None,
        cached_result_expiration: datetime | None = None,
        context: dict[str, Any] | None = None,
        hashed_inputs: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message, result, context, cached_inputs)
        self.cached_parameters = cached_parameters
        self.cached_result_expiration = times.aware(cached_result_expiration)
        self.hashed_inputs = hashed_inputs

    def _own_fields(self) -> dict[str, Any]:
        return {
            **super()._own_fields(),
            "cached_parameters": self.cached_parameters,
            "cached_result_expiration": times.written(self.cached_result_expiration),
            "hashed_inputs": self.hashed_inputs,
        }

    def _read(self, document: dict[str, Any]) -> None:
        super()._read(document)
        self.cached_parameters = document.get("cached_parameters")
        self.cached_result_expiration = times.read(document.get("cached_result_expiration"))
        self.hashed_inputs = document.get("hashed_inputs")


class Mapped(Success):
    """A mapped task whose children run on their own: `map_states` are theirs, and `None` where they are not in this process."""

    map_states: list[Any]

    def __init__(
        self,
        message: Any = None,
        result: Any = None,
        map_states: list[State] | None = None,
        context: dict[str, Any] | None = None,
        cached_inputs: dict[str, Result] | None = None,
        n_map_states: int | None = None,
    ) -> None:
        super().__init__(message, result, context, cached_inputs)
        self.map_states = map_states or []
        self.n_map_states = n_map_states

    @property
    def n_map_states(self) -> int:
        """How many children there are."""
        return self._n_map_states or len(self.map_states)

    @n_map_states.setter
    def n_map_states(self, number: int | None) -> None:
        self._n_map_states = number

    def load_result(self, result: Any = None) -> State:
        """Reads the values of the children's results from where they are stored."""
        self.map_states = [state and state.load_result(result) for state in self.map_states]
        if self.map_states:
            self.result = [state and state.result for state in self.map_states]
        return self

    def _own_fields(self) -> dict[str, Any]:
        return {"n_map_states": self.n_map_states}

    def _read(self, document: dict[str, Any]) -> None:
        super()._read(document)
        self.map_states = [None] * (document.get("n_map_states") or 0)
        self.n_map_states = None


class Skipped(Success):
    """Ended without having run."""


class Cancelled(Finished):
    """Ended because somebody stopped it."""

    color = "#56606a"


class Failed(Finished):
    """Ended badly."""

    color = "#b3261e"

    def __init__(
        self,
        message: Any = None,
        result: Any = None,
        cached_inputs: dict[str, Result] | None = None,
        context: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message, result, context, cached_inputs)


class TimedOut(Failed):
    """Ran longer than it may."""


class TriggerFailed(Failed):
    """Did not run, because the tasks before it did not end as its trigger wants."""


class ValidationFailed(Failed):
    """Returned what a check refused."""
