"""How a run ends: as its tasks say, unless the flow's handlers say otherwise."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from castra.engine.state import State
from castra.runs.handlers import handled
from castra.runs.states import final_states

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from castra.core.flow import Flow
    from castra.core.task import Task


class FlowEnd:
    """The end of a run, as the engine tells it: with states in their wire form."""

    def __init__(self, flow: Flow, order: Sequence[Task], running: State, handlers: Sequence[Callable[..., Any]]):
        self.flow = flow
        self.order = order
        self.running = running
        self.handlers = handlers

    def state(self, told: dict[str, Any], tasks: list[Any]) -> State:
        """The run's last state; its result has those of the tasks. A run that waits for somebody to resume a task has not ended,
        and handlers hear nothing of it."""
        states = final_states(self.order, tasks)
        ended = State.deserialize(told)
        ended.result = states
        if not ended.is_finished():
            return ended
        if self.flow.terminal_state_handler is not None:
            references = {states[task] for task in self.flow.reference_tasks()}
            ended = self.flow.terminal_state_handler(self.flow, ended, references) or ended
        return handled(self.handlers, self.flow, self.running, ended)

    def __call__(self, told: dict[str, Any], tasks: list[Any]) -> dict[str, Any]:
        """The same in its wire form, for the server."""
        try:
            ended = self.state(told, tasks)
        except Exception:
            self.flow.logger.exception("A state handler of the flow failed")
            return {"type": "Failed", "message": "A state handler of the flow failed."}
        return {"type": type(ended).__name__, "message": str(ended.message or "")}
