"""States of what is in progress."""

from __future__ import annotations

from castra.engine.state.base import State


class Running(State):
    """In progress."""

    color = "#1259b0"


class Cancelling(Running):
    """A flow run that was told to stop and has not stopped yet."""
