"""States between the engine and Python: what became of a run's tasks, with their results, and what the engine is told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from castra.engine import signals, state
from castra.runs.held import here
from castra.times import written

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from castra.core.task import Task


def told(of: state.State) -> dict[str, Any]:
    """What the engine is told of a state: what it decides from, and no values."""
    document: dict[str, Any] = {"type": of._type, "message": str(of.message or "")}
    if isinstance(of, (state.Scheduled, state.Queued)) and of.start_time is not None:
        document["start_time"] = written(of.start_time)
    if isinstance(of, state.Mapped):
        document["n_map_states"] = len(of.map_states)
    return document


def final_states(tasks: Sequence[Task], ended: Iterable[tuple[Any, Any, Any]]) -> dict[Task, state.State]:
    """The last state of each task; that of a mapped one has those of its children."""
    return {task: _final(*one) for task, one in zip(tasks, ended)}


def _final(last: dict[str, Any] | None, result: Any, children: list[tuple[Any, Any]] | None) -> state.State:
    if last is None:
        return state.Pending()
    if last["type"] == "Mapped":
        map_states = [_final(child, one, None) for child, one in children or ()]
        mapped = state.Mapped(last["message"], map_states=map_states)
        mapped.result = [child.result for child in map_states]
        return mapped
    kind: type[state.State] = getattr(state, last["type"])
    if issubclass(kind, state.Scheduled):
        return state.State.deserialize(last)
    result = here(result)
    if result is None and kind is state.TriggerFailed:
        result = signals.TRIGGERFAIL(last["message"])
    return kind(last["message"], result=result)
