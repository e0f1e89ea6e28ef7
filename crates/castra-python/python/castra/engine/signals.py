"""Signals: exceptions by which a task says in which state it ends."""

from __future__ import annotations

from castra.engine import state
from castra.exceptions import PrefectSignal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class ENDRUN(PrefectSignal):
    """The task ends in this very state; whatever retries are left."""

    def __init__(self, state: state.State):
        self.state = state
        super().__init__()


class PrefectStateSignal(PrefectSignal):
    """The task is put into a state of the signal's kind; further arguments go to the state."""

    _state_cls: type[state.State] = state.State

    def __init__(self, message: str | None = None, *args: Any, **kwargs: Any):
        super().__init__(message)
        kwargs.setdefault("result", self)
        self.state = self._state_cls(message, *args, **kwargs)


class FAIL(PrefectStateSignal):
    """The task failed; it is tried again while retries are left."""

    _state_cls = state.Failed


class LOOP(PrefectStateSignal):
    """The task goes on with another round at once; ``result`` is its ``context.task_loop_result``."""

    _state_cls = state.Looped

    def __init__(self, message: str | None = None, *args: Any, **kwargs: Any):
        kwargs.setdefault("result", repr(self))
        super().__init__(message, *args, **kwargs)


class TRIGGERFAIL(FAIL):
    """The task does not run, because of how the tasks before it ended."""

    _state_cls = state.TriggerFailed


class VALIDATIONFAIL(FAIL):
    """The task's result is not valid."""

    _state_cls = state.ValidationFailed


class SUCCESS(PrefectStateSignal):
    """The task succeeded."""

    _state_cls = state.Success


class RETRY(PrefectStateSignal):
    """The task is tried again at ``start_time``, whatever retries are left."""

    _state_cls = state.Retrying


class PAUSE(PrefectStateSignal):
    """The task waits until somebody resumes it, or until `start_time` if it is given; then it is run anew, with `context.resume` true."""

    _state_cls = state.Paused


class SKIP(PrefectStateSignal):
    """The task has nothing to do, and neither have those that wait for it, unless they say otherwise."""

    _state_cls = state.Skipped


def signal_from_state(of: state.State) -> type[PrefectStateSignal]:
    """The signal that puts a task into such a state.

    Raises ``ValueError`` if there is none.
    """
    kinds: list[type[PrefectStateSignal]] = list(PrefectStateSignal.__subclasses__())
    for kind in kinds:
        kinds.extend(kind.__subclasses__())
        if kind._state_cls is type(of):
            return kind
    raise ValueError(f"there is no signal for the state {of}")
