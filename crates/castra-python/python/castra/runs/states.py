"""What became of a run's tasks, as states with their results."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from castra.engine import signals, state
from castra.runs.held import here

if TYPE_CHECKING:
    from castra.core.task import Task


def final_states(tasks: Sequence[Task], ended: Iterable[tuple[Any, Any, Any]]) -> dict[Task, state.State]:
    """The last state of each task; that of a mapped one has those of its children."""
    return {task: _final(*told) for task, told in zip(tasks, ended)}


def _final(told: dict[str, Any] | None, result: Any, children: list[tuple[dict[str, Any], Any]] | None) -> state.State:
    if told is None:
        return state.Pending()
    if told["type"] == "Mapped":
        map_states = [_final(child, one, None) for child, one in children or ()]
        mapped = state.Mapped(told["message"], map_states=map_states)
        mapped.result = [child.result for child in map_states]
        return mapped
    kind: type[state.State] = getattr(state, told["type"])
    result = here(result)
    if result is None and kind is state.TriggerFailed:
        result = signals.TRIGGERFAIL(told["message"])
    return kind(told["message"], result=result)
