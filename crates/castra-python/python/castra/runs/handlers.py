"""State handlers: functions of the user's that hear of every state, and may put another one in its place."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from castra.engine import signals
from castra.engine.state import State
from castra.runs.held import here
from castra.runs.states import told

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from castra.core.task import Task


def handled(handlers: Iterable[Callable[..., Any]], subject: Any, old: State, new: State) -> State:
    """The state that the handlers agree on: each hears of the one that the handler before it gave."""
    for handler in handlers:
        answer = handler(subject, old, new)
        new = new if answer is None else answer
    return new


class TaskHandlers:
    """The handlers of a task, as the engine calls them: with states in their wire form."""

    def __init__(self, task: Task):
        self.task = task

    def __call__(
        self, map_index: int | None, old: dict[str, Any], new: dict[str, Any], result: Any
    ) -> tuple[dict[str, Any], Any] | None:
        old_state, new_state = State.deserialize(old), State.deserialize(new)
        try:
            new_state.result = here(result)
            answer = handled(self.task.state_handlers, self.task, old_state, new_state)
        except (signals.ENDRUN, signals.PrefectStateSignal) as signal:
            answer = signal.state
        except Exception as error:
            self.task.logger.exception("A state handler of the task failed")
            return {"type": "Failed", "message": "A state handler of the task failed."}, error
        if answer is new_state:
            return None
        return told(answer), answer.result
