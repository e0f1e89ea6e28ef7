"""States about another state."""

from __future__ import annotations

from datetime import datetime

from castra import times
from castra.engine.result import Result
from castra.engine.state.base import State

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class _MetaState(State):
    """About another `state`; of one that is itself about another, that other."""

    def __init__(
        self,
        message: Any = None,
        result: Any = None,
        state: State | None = None,
        context: dict[str, Any] | None = None,
        cached_inputs: dict[str, Result] | None = None,
    ) -> None:
        super().__init__(message, result, context, cached_inputs)
        self.state = state

    @property
    def state(self) -> State | None:
        """The state that it is about."""
        return self._state

    @state.setter
    def state(self, state: State | None) -> None:
        while isinstance(state, _MetaState):
            state = state.state
        self._state = state

    def _own_fields(self) -> dict[str, Any]:
        return {**super()._own_fields(), "state": None if self.state is None else self.state.serialize()}

    def _read(self, document: dict[str, Any]) -> None:
        super()._read(document)
        inner = document.get("state")
        self.state = None if inner is None else State.deserialize(inner)


class ClientFailed(_MetaState):
    """The server could not be told of `state`, so the task run goes no further."""


class Submitted(_MetaState):
    """Taken by an agent."""

    color = "#6741a8"


class Queued(_MetaState):
    """Waits for a free place, until `start_time` at least, which is now unless it is given."""

    start_time: datetime | None

    def __init__(
        self,
        message: Any = None,
        result: Any = None,
        state: State | None = None,
        start_time: datetime | None = None,
        context: dict[str, Any] | None = None,
        cached_inputs: dict[str, Result] | None = None,
    ) -> None:
        super().__init__(message, result, state, context, cached_inputs)
        self.start_time = times.aware(start_time) or times.now()

    def _own_fields(self) -> dict[str, Any]:
        return {**super()._own_fields(), "start_time": times.written(self.start_time)}

    def _read(self, document: dict[str, Any]) -> None:
        super()._read(document)
        self.start_time = times.read(document.get("start_time"))
