"""A fixed value as a task."""

from __future__ import annotations

from collections.abc import Sized

from castra.core.task import Task

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Constant(Task):
    """Gives its value."""

    is_done_here = True

    def __init__(self, value: Any, name: str | None = None, **kwargs: Any):
        self.value = value
        super().__init__(name=name or _name(value), **kwargs)
        self.auto_generated = True

    def run(self):  # type: ignore[no-untyped-def]
        return self.value


def _name(value: Any) -> str:
    """The value itself if it is short, else its type. What is long is not written out to see it."""
    if not (isinstance(value, Sized) and len(value) > 8):
        written = repr(value)
        if len(written) <= 8:
            return written
    return f"Constant[{type(value).__name__}]"
