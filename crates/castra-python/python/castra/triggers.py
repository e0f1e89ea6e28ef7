"""Triggers: whether a task runs, given how the tasks before it ended. Skipped counts as successful; of a mapped task
every child counts. The engine knows all of these by name; any function of the same form is a trigger too."""

from __future__ import annotations

from collections.abc import Callable, Mapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from castra.core.edge import Edge
    from castra.engine.state import State

    Upstream = Mapping[Edge, State]

Trigger = Callable[["Any"], bool]


def _states(upstream_states: Upstream) -> list[State]:
    states: dict[int, State] = {}
    for state in dict(upstream_states).values():
        children = state.map_states if state.is_mapped() else [state]  # type: ignore[attr-defined]
        states.update((id(child), child) for child in children)
    return list(states.values())


def _met(name: str, is_met: bool, otherwise: str) -> bool:
    if not is_met:
        from castra.engine.signals import TRIGGERFAIL

        raise TRIGGERFAIL(f'Trigger was "{name}" but {otherwise}.')
    return True


def all_finished(upstream_states: Upstream) -> bool:
    """Always, once all have ended."""
    finished = all(state.is_finished() for state in _states(upstream_states))
    return _met("all_finished", finished, "a task before it has not ended")


#: The same as :func:`all_finished`.
always_run = all_finished


def all_successful(upstream_states: Upstream) -> bool:
    """All were successful."""
    successful = all(state.is_successful() for state in _states(upstream_states))
    return _met("all_successful", successful, "a task before it failed")


def all_failed(upstream_states: Upstream) -> bool:
    """All failed."""
    failed = all(state.is_failed() for state in _states(upstream_states))
    return _met("all_failed", failed, "a task before it succeeded")


def any_successful(upstream_states: Upstream) -> bool:
    """At least one was successful."""
    states = _states(upstream_states)
    successful = not states or any(state.is_successful() for state in states)
    return _met("any_successful", successful, "no task before it succeeded")


def any_failed(upstream_states: Upstream) -> bool:
    """At least one failed."""
    states = _states(upstream_states)
    failed = not states or any(state.is_failed() for state in states)
    return _met("any_failed", failed, "no task before it failed")


def not_all_skipped(upstream_states: Upstream) -> bool:
    """All were successful, and not all of them were skipped; if they were, so is the task."""
    from castra.engine.signals import SKIP

    states = _states(upstream_states)
    if states and all(state.is_skipped() for state in states):
        raise SKIP("All upstream states were skipped.")
    successful = all(state.is_successful() for state in states)
    return _met("not_all_skipped", successful, "a task before it failed")


def manual_only(upstream_states: Upstream) -> bool:
    """Somebody has said that the task may run: however the tasks before it ended, it is paused until it is resumed."""
    from castra.engine.signals import PAUSE
    from castra.utilities.context import context

    if not context.get("resume"):
        raise PAUSE("It waits for somebody to say that it may run.")
    return True


def some_failed(at_least: int | float | None = None, at_most: int | float | None = None) -> Trigger:
    """A trigger: so many failed; a number between 0 and 1 is a share of them all."""
    return _some("some_failed", lambda state: state.is_failed(), at_least, at_most)


def some_successful(at_least: int | float | None = None, at_most: int | float | None = None) -> Trigger:
    """A trigger: so many were successful; a number between 0 and 1 is a share of them all."""
    return _some("some_successful", lambda state: state.is_successful(), at_least, at_most)


def _some(
    name: str, counts: Callable[[State], bool], at_least: int | float | None, at_most: int | float | None
) -> Trigger:
    def trigger(upstream_states: Upstream) -> bool:
        states = _states(upstream_states)
        if not states:
            return True
        count = sum(1 for state in states if counts(state))
        fewest = _amount(at_least, len(states), 0)
        most = _amount(at_most, len(states), len(states))
        return _met(name, fewest <= count <= most, "too few or too many tasks before it succeeded or failed")

    trigger.__name__ = trigger.__qualname__ = name
    trigger.arguments = {"at_least": at_least, "at_most": at_most}  # type: ignore[attr-defined]
    return trigger


def _amount(bound: int | float | None, of: int, otherwise: int) -> float:
    if bound is None:
        return otherwise
    return bound * of if 0 < bound < 1 else bound
