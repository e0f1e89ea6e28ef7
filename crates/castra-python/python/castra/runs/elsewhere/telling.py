"""What an attempt that is made elsewhere says meanwhile, brought to the process of its flow: lines of its log, and the name that it
gives its run."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from castra import _castra
from castra.runs.elsewhere import packing
from castra.utilities.context import context
from castra.utilities.logging import get_logger

if TYPE_CHECKING:
    from castra.runs.attempt import TaskAttempts

#: What is said: ``log`` with the fields of a log record, or ``name`` with the name of the run.
Said = tuple[str, Any]

#: Takes what is said to the process of the flow.
Tell = Callable[[Said], None]

#: Who is told by the calling code, and from which level on.
_TELL: ContextVar[tuple[Tell, int] | None] = ContextVar("castra_tell", default=None)

#: The fields of a log record that travel as they are.
_FIELDS = ("levelno", "levelname", "created", "msecs", "pathname", "filename", "module", "lineno", "funcName")


@contextmanager
def telling(tell: Tell, level: int) -> Iterator[None]:
    """What loggers of Castra say within the block is told, from this level on; the process may be making other attempts, and have logs
    of its own."""
    root = get_logger()
    root.setLevel(min(root.level, level))
    if not any(isinstance(handler, _Told) for handler in root.handlers):
        root.handlers[:] = [_Told(root.handlers[:])]
    token = _TELL.set((tell, level))
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
    logger = get_logger(what["name"] or None)
    record = logging.makeLogRecord({**what, "name": logger.name})
    with context(task_run_id=task_run_id):
        logger.handle(record)


def made(
    attempts: TaskAttempts, values: list[Any], attempt: _castra.Attempt, tell: Tell, level: int
) -> packing.PackedAnswer:
    """Makes an attempt in this process, tells what it says meanwhile, and gives its answer as it travels."""
    with telling(tell, level):
        answer = attempts(values, attempt, lambda _, name: tell(("name", name)))
        return packing.packed_answer(answer, attempts.task)


class _Told(logging.Handler):
    """Stands for the handlers that were there: what attempts say is told, all else goes to these."""

    def __init__(self, otherwise: Sequence[logging.Handler]):
        super().__init__()
        self.otherwise = otherwise

    def emit(self, record: logging.LogRecord) -> None:
        told = _TELL.get()
        if told is not None:
            tell, level = told
            if record.levelno >= level:
                tell(("log", _portable(record)))
            return
        for handler in self.otherwise:
            if record.levelno >= handler.level:
                handler.handle(record)


def _portable(record: logging.LogRecord) -> dict[str, Any]:
    """The fields of a record: its name below Castra's, which may be another one there; arguments and the traceback written out."""
    fields = {name: getattr(record, name) for name in _FIELDS}
    fields["name"] = record.name.removeprefix(get_logger().name).removeprefix(".")
    fields["msg"] = record.getMessage()
    if record.exc_info:
        fields["exc_text"] = logging.Formatter().formatException(record.exc_info)
    return fields
