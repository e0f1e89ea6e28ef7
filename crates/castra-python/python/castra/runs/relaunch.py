"""A run that goes on in a new process: the results of the earlier one that are needed are read where they are stored. What stands, and what
is run again, is the engine's to say (castra `engine/relaunch.rs`)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from castra.engine.state import State
from castra.runs import kept

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from castra import _castra
    from castra.core.flow import Flow
    from castra.core.task import Task


def read_kept_results(lowered: _castra.Graph, flow: Flow, order: Sequence[Task], task_runs: Iterable[dict[str, Any]]) -> None:
    """Tells the engine of results that an earlier launch of the run has stored, if a task takes them that is still to run.

    ``order`` are the flow's tasks by their places, ``task_runs`` what the earlier launch left behind.
    """
    left: dict[str, list[dict[str, Any]]] = {}
    for told in task_runs:
        left.setdefault(told["task_slug"], []).append(told)
    runs: set[Task] = set()
    # Downstream comes after upstream, so whether a result is needed is known when its task is looked at.
    for place, task in reversed(list(enumerate(order))):
        of_task = left.get(flow.slugs[task], [])
        if not _has_ended(of_task):
            runs.add(task)
        if any(edge.key is not None or edge.mapped for edge in flow.edges_from(task) if edge.downstream_task in runs):
            if not _read(lowered, place, task, kept.where(flow, task), of_task):
                runs.add(task)


def _has_ended(task_runs: Sequence[dict[str, Any]]) -> bool:
    """Whether the task has, and every child of it if it is mapped."""
    ends = {told["map_index"]: State.deserialize(told["state"]) for told in task_runs}
    whole = ends.get(-1)
    children = (getattr(whole, "n_map_states", None) or 0) if whole is not None and whole.is_mapped() else 0
    return whole is not None and len(ends) > children and all(end.is_finished() for end in ends.values())


def _read(lowered: _castra.Graph, place: int, task: Task, stored: Any, task_runs: Sequence[dict[str, Any]]) -> bool:
    """Whether every result that is stored could be read."""
    all_are_there = True
    for told in task_runs:
        result = kept.read_again(task, stored, told["state"])
        if result is not None:
            index = told["map_index"]
            lowered.begin_with(place, None if index < 0 else index, told["state"], result.value)
        elif told["state"]["type"] in ("Success", "Cached"):
            all_are_there = False
    return all_are_there
