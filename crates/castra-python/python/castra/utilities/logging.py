"""Loggers of runs and tasks. What they say in a run that an agent started becomes part of the run's logs."""

from __future__ import annotations

import logging
import os
import sys

from castra import _castra, runs
from castra.configuration import config
from castra.utilities.context import context

#: Flows that were written for Prefect 1 look for loggers by its names.
_ROOT = "prefect" if "castra.prefect" in sys.modules else "castra"

TYPE_CHECKING = False
if TYPE_CHECKING:
    _StreamHandler = logging.StreamHandler[Any]
    from typing import Any
else:
    # Says what it writes to from Python 3.11 on.
    _StreamHandler = logging.StreamHandler


class _Stderr(_StreamHandler):
    """Writes to what is ``sys.stderr`` at that time."""

    def __init__(self) -> None:
        super().__init__(sys.stderr)

    @property
    def stream(self) -> Any:
        return sys.stderr

    @stream.setter
    def stream(self, _: Any) -> None:
        pass


def _level() -> str:
    """The least severe level that is told: that of the run if an agent started it, else that of the settings."""
    return (os.environ.get("CASTRA_LOG_LEVEL") or str(config.logging.level)).upper()


def _shown() -> logging.Handler:
    handler = _Stderr()
    handler.setFormatter(logging.Formatter("[%(asctime)s] %(levelname)s - %(name)s | %(message)s"))
    return handler


class _Sent(logging.Handler):
    """Gives records to the run's logs, where they are shown, too."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            text = self.format(record)
            name = record.name.removeprefix(f"{_ROOT}.")
            task_run_id = context.get("task_run_id")
            _castra.log(record.created, record.levelname, name, text, task_run_id)
        except Exception:
            self.handleError(record)


def get_logger(name: str | None = None) -> logging.Logger:
    """The logger of Castra, or one below it."""
    root = logging.getLogger(_ROOT)
    if not root.handlers:
        root.addHandler(_Sent() if runs.is_tracked else _shown())
        root.setLevel(_level())
    return root if name is None else root.getChild(name)
