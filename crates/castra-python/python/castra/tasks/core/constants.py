"""A fixed value as a task."""

from __future__ import annotations

from typing import Any

from castra.core.task import Task


class Constant(Task):
    """Gives its value."""

    def __init__(self, value: Any, name: str | None = None, **kwargs: Any):
        self.value = value
        super().__init__(name=name or type(value).__name__, **kwargs)
        self.auto_generated = True

    def run(self) -> Any:
        return self.value
