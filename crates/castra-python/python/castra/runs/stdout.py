"""What a task prints, as lines of its run's logs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

TYPE_CHECKING = False
if TYPE_CHECKING:
    import logging
    from typing import Any


class _Lines:
    """Gives whole lines to a logger."""

    def __init__(self, logger: logging.Logger):
        self.logger = logger
        self.begun = ""

    def write(self, text: str) -> None:
        *lines, self.begun = (self.begun + text).split("\n")
        for line in lines:
            self._log(line)

    def end(self) -> None:
        """What was printed last need not have ended its line."""
        self._log(self.begun)

    def _log(self, line: str) -> None:
        if line.strip():
            self.logger.info("%s", line)


_LINES: ContextVar[_Lines | None] = ContextVar("castra_stdout", default=None)


class _Stdout:
    """Stands for ``sys.stdout``: what a task prints goes to its logger, all else to where it went before."""

    def __init__(self, otherwise: Any):
        self.otherwise = otherwise

    def write(self, text: str) -> int:
        lines = _LINES.get()
        if lines is None:
            return int(self.otherwise.write(text))
        lines.write(text)
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.otherwise, name)


@contextmanager
def logged_stdout(logger: logging.Logger) -> Iterator[None]:
    """What the block prints are lines of this logger."""
    if not isinstance(sys.stdout, _Stdout):
        sys.stdout = _Stdout(sys.stdout)
    lines = _Lines(logger)
    token = _LINES.set(lines)
    try:
        yield
    finally:
        _LINES.reset(token)
        lines.end()
