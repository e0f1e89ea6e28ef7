"""How a run begins here and now: with tasks that are in a state already, as those of an earlier run, and with what they may know."""

from __future__ import annotations

import time
from collections.abc import Mapping

from castra.core.parameter import Parameter
from castra.engine.state import Scheduled, State
from castra.runs.states import told
from castra.times import now

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from castra import _castra
    from castra.core.flow import Flow
    from castra.core.task import Task


class Beginning:
    """What a run is given besides its parameters.

    Args:
        flow: whose tasks they are.
        state: the state of the run. One that an earlier run gave has the states of its tasks, too.
        task_states: states of tasks. A task whose state is finished is not run, unless it sets up or cleans up a resource; one that was
            paused goes on if it is ``Resume``.
        task_contexts: what tasks find in their context, beside the run's.

    Raises ``TypeError`` for what is no state, ``ValueError`` for tasks that are not in the flow.
    """

    def __init__(
        self,
        flow: Flow,
        state: State | None = None,
        task_states: Mapping[Task, State] | None = None,
        task_contexts: Mapping[Task, Mapping[str, Any]] | None = None,
    ):
        earlier = state.result if state is not None and isinstance(state.result, dict) else {}
        self.state = state
        states: dict[Task, State] = {**earlier, **(task_states or {})}
        self.task_states = {task: state for task, state in states.items() if not task.always_runs}
        self.task_contexts = dict(task_contexts or {})
        for name, given in (("task_states", self.task_states), ("task_contexts", self.task_contexts)):
            if foreign := [task for task in given if task not in flow.tasks]:
                raise ValueError(f"`{name}` has {foreign[0]!r}, which is no task of {flow}")
        for task, task_state in self.task_states.items():
            if not isinstance(task_state, State):
                raise TypeError(f"`task_states` has {task_state!r} for {task}, which is no state of castra.engine.state")

    def wait(self) -> None:
        """Sleeps until the time that the run's state is scheduled for."""
        if isinstance(self.state, Scheduled) and self.state.start_time is not None:
            time.sleep(max(0.0, (self.state.start_time - now()).total_seconds()))

    def parameters(self) -> dict[str, Any]:
        """The values of parameters that are among the tasks."""
        states = self.task_states.items()
        return {task.name: state.result for task, state in states if isinstance(task, Parameter) and state.is_successful()}

    def tell(self, lowered: _castra.Graph, places: Mapping[Task, int]) -> None:
        """Tells the engine of the states."""
        for task, state in self.task_states.items():
            lowered.begin_with(places[task], None, told(state), state.result)
            children = state.map_states if state.is_mapped() else []  # type: ignore[attr-defined]
            for index, child in enumerate(children):
                if child is not None:
                    lowered.begin_with(places[task], index, told(child), child.result)
