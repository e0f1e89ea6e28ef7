"""Looking for what is wrong with a flow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from castra.engine import signals
from castra.utilities.context import context

TYPE_CHECKING = False
if TYPE_CHECKING:
    from castra.engine.state import State


@contextmanager
def raise_on_exception() -> Iterator[None]:
    """Within the block ``flow.run()`` raises the exception that a task raised, in place of giving a state that failed."""
    with context(raise_on_exception=True):
        yield


def first_exception(states: Iterable[State]) -> BaseException | None:
    """What a task raised; not what others did for that reason."""
    for state in states:
        if state.is_mapped():
            found = first_exception(state.map_states)  # type: ignore[attr-defined]
        else:
            found = state.result if state.is_failed() else None
        if isinstance(found, BaseException) and not isinstance(found, signals.TRIGGERFAIL):
            return found
    return None
