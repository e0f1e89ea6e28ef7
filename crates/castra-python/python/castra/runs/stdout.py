"""What a task prints, as lines of its run's logs."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

_LOGGER: ContextVar[logging.Logger | None] = ContextVar("castra_stdout", default=None)


class _Stdout:
    """Stands for ``sys.stdout``: what a task prints goes to its logger, all else to where it went before."""

    def __init__(self, otherwise: Any):
        self.otherwise = otherwise

    def write(self, text: str) -> int:
        logger = _LOGGER.get()
        if logger is None:
            return int(self.otherwise.write(text))
        if text.strip():
            logger.info(text.rstrip("\n"))
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.otherwise, name)


@contextmanager
def logged_stdout(logger: logging.Logger) -> Iterator[None]:
    """What the block prints are lines of this logger."""
    if not isinstance(sys.stdout, _Stdout):
        sys.stdout = _Stdout(sys.stdout)
    token = _LOGGER.set(logger)
    try:
        yield
    finally:
        _LOGGER.reset(token)
