"""A process that makes attempts, one after the other. It ends when the process that started it does."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import Any

from castra.runs.attempt import TaskAttempts
from castra.runs.elsewhere import packing
from castra.runs.elsewhere.telling import made

#: How long a task that is interrupted may take to clean up, in seconds.
CLEAN_UP = 2.0


def work(connection: Connection, level: int) -> None:
    """Makes the attempts that come over the connection, and ends with it, or after the first attempt that is interrupted. Log lines are
    told from this level on."""
    interruption = _Interruption()
    came: SimpleQueue[Any] = SimpleQueue()
    threading.Thread(target=_listen, args=(connection, interruption, came), daemon=True).start()
    maker = _Maker(connection, interruption, level)
    while not interruption.came and (message := came.get()) is not None:
        try:
            with interruption.possible():
                answer = maker.answer(*message)
        except KeyboardInterrupt:
            answer = packing.not_made("The task was interrupted.")
        sys.stdout.flush()
        maker.send("answer", answer)


class _Maker:
    """Makes attempts; the tasks stay, for further attempts of theirs."""

    def __init__(self, connection: Connection, interruption: _Interruption, level: int):
        self.connection = connection
        self.level = level
        self.interruption = interruption
        self.sending = threading.Lock()
        self.tasks: dict[int, TaskAttempts] = {}

    def answer(self, key: int, task: bytes | None, packed: packing.Packed) -> packing.PackedAnswer:
        """The answer of an attempt; ``task`` comes along the first time."""
        with self.interruption.postponed():
            self.send("begin", None)
        try:
            if task is not None:
                self.tasks[key] = packing.unpickled(task)
            values, attempt = packing.unpacked(packed, packing.unpickled)
        except Exception as error:
            return packing.not_unpickled(error)
        return made(self.tasks[key], values, attempt, self._tell, self.level)

    def _tell(self, said: Any) -> None:
        # A message that is interrupted midway could not be read.
        with self.interruption.postponed():
            self.send("said", said)

    def send(self, kind: str, message: Any) -> None:
        """Sends that an attempt begins, what it says, or its answer."""
        with self.sending:
            self.connection.send((kind, message))


class _Interruption:
    """An attempt is interrupted when the process of the flow says so. The keyboard and the agent signal that one, too, and it
    decides what becomes of its tasks."""

    def __init__(self) -> None:
        #: Whether an attempt was interrupted.
        self.came = False
        self._possible = False
        self._thread = threading.get_ident()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._handle)

    @contextmanager
    def possible(self) -> Iterator[None]:
        """Within the block an interruption raises ``KeyboardInterrupt``."""
        self._possible = True
        try:
            if self.came:
                raise KeyboardInterrupt
            yield
        finally:
            self._possible = False

    @contextmanager
    def postponed(self) -> Iterator[None]:
        """Within the block no interruption is raised, but after it."""
        if threading.get_ident() != self._thread:
            yield
            return
        possible, self._possible = self._possible, False
        yield
        self._possible = possible
        if possible and self.came:
            self._handle()

    def interrupt(self) -> None:
        """Interrupts, from another thread, the one that makes attempts, and wakes it should it wait in the operating system."""
        self.came = True
        signal.pthread_kill(self._thread, signal.SIGINT)

    def _handle(self, *_: Any) -> None:
        if self.came and self._possible:
            self._possible = False
            raise KeyboardInterrupt


def _listen(connection: Connection, interruption: _Interruption, came: SimpleQueue[Any]) -> None:
    """Takes what the process of the flow sends: attempts, or ``None`` to interrupt the one that is being made."""
    try:
        while True:
            message = connection.recv()
            if message is None:
                interruption.interrupt()
            else:
                came.put(message)
    except (EOFError, OSError):
        # The process of the flow is at its end.
        came.put(None)
        interruption.interrupt()
        time.sleep(CLEAN_UP)
        os._exit(1)
