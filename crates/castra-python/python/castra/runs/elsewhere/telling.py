"""What an attempt that is made elsewhere says meanwhile, brought to the process of its flow: lines of its log, and the name that it
gives its run."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from castra import _castra
from castra.utilities.context import context
from castra.utilities.logging import get_logger

#: What is said: ``log`` with the fields of a log record, or ``name`` with a name.
Said = tuple[str, Any]

#: Takes what is said to the process of the flow.
Tell = Callable[[Said], None]

_TELL: ContextVar[Tell | None] = ContextVar("castra_tell", default=None)

#: The fields of a log record that travel as they are.
_FIELDS = ("name", "levelno", "levelname", "created", "msecs", "pathname", "filename", "module", "lineno", "funcName")


@contextmanager
def telling(tell: Tell) -> Iterator[None]:
    """What loggers of Castra say within the block is told; the process may be making other attempts, and have logs of its own."""
    root = get_logger()
    if not any(isinstance(handler, _Told) for handler in root.handlers):
        root.handlers[:] = [_Told(root.handlers[:])]
    token = _TELL.set(tell)
    try:
        yield
    finally:
        _TELL.reset(token)


def hear(said: Said, task_run_id: str) -> None:
    """Takes what a task run said elsewhere as if it had been said here."""
    kind, what = said
    if kind == "name":
        _castra.name_task_run(task_run_id, what)
        return
    record = logging.makeLogRecord(what)
    with context(task_run_id=task_run_id):
        logging.getLogger(record.name).handle(record)


class _Told(logging.Handler):
    """Stands for the handlers that were there: what attempts say is told, all else goes to these."""

    def __init__(self, otherwise: Sequence[logging.Handler]):
        super().__init__()
        self.otherwise = otherwise

    def emit(self, record: logging.LogRecord) -> None:
        tell = _TELL.get()
        if tell is not None:
            tell(("log", _portable(record)))
            return
        for handler in self.otherwise:
            if record.levelno >= handler.level:
                handler.handle(record)


def _portable(record: logging.LogRecord) -> dict[str, Any]:
    """The fields of a record; arguments and the traceback are written out."""
    fields = {name: getattr(record, name) for name in _FIELDS}
    fields["msg"] = record.getMessage()
    if record.exc_info:
        fields["exc_text"] = logging.Formatter().formatException(record.exc_info)
    return fields
