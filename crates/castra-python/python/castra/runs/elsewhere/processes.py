"""Processes of this machine that make attempts. They are started when they are first needed, and end with the run."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from multiprocessing.connection import Pipe
from queue import SimpleQueue
from typing import Any

from castra.runs.attempt import Answer
from castra.runs.elsewhere import packing
from castra.runs.elsewhere.child import CLEAN_UP
from castra.runs.elsewhere.site import ElsewhereAttempts, Work, failed

#: What a process is started with: it finds modules where this process does, and does not run the script of this one again.
_COMMAND = """\
import sys
from multiprocessing.connection import Connection
connection = Connection(int(sys.argv[1]))
sys.path[:], prefect_is_castra, level = connection.recv()
if prefect_is_castra:
    import castra.prefect
from castra.runs.elsewhere.child import work
work(connection, level)
"""


#: Attempts that wait for a process; ``None`` when no further ones come.
_Waiting = SimpleQueue["tuple[Work, packing.Packed] | None"]


class Processes:
    """Up to ``count`` processes; a thread of this one looks after each."""

    def __init__(self, count: int):
        self._count = count
        self._waiting: _Waiting = SimpleQueue()
        self._closed = threading.Event()
        self._seats: list[_Seat] = []

    def begin(self, work: Work) -> None:
        """As `castra.runs.elsewhere.site.Site` says."""
        work.attempts.packed()
        packed = packing.packed(work, packing.pickled)
        if len(self._seats) < self._count:
            self._seats.append(_Seat(self._waiting, self._closed))
        self._waiting.put((work, packed))

    def cancel(self, work: Work) -> None:
        """As `castra.runs.elsewhere.site.Site` says."""
        for seat in self._seats:
            seat.interrupt(work)

    def close(self) -> None:
        """Ends the processes; tasks that are still running are interrupted."""
        self._closed.set()
        for _ in self._seats:
            self._waiting.put(None)
        for seat in self._seats:
            seat.interrupt()
        for seat in self._seats:
            seat.thread.join()


class _Seat:
    """A thread that gives attempts to a process, one after the other, and starts another process when that one has ended."""

    def __init__(self, waiting: _Waiting, closed: threading.Event):
        self._waiting = waiting
        self._closed = closed
        self._lock = threading.Lock()
        self._child: _Child | None = None
        self._work: Work | None = None
        self.thread = threading.Thread(target=self._run, name="castra-process", daemon=True)
        self.thread.start()

    def interrupt(self, work: Work | None = None) -> None:
        """Interrupts the attempt, or whatever attempt is being made, if it is made here."""
        with self._lock:
            if self._child is not None and self._work is not None and work in (None, self._work):
                self._child.interrupt()

    def _run(self) -> None:
        while (waiting := self._waiting.get()) is not None:
            work, packed = waiting
            try:
                child = self._begin(work)
            except OSError as error:
                work.end(failed(work, f"No process could be started for the task: {error}"))
                continue
            if child is not None:
                answer = child.make(work, packed)
                self._leave(child)
                work.end(answer)
        if self._child is not None:
            self._child.end()

    def _begin(self, work: Work) -> _Child | None:
        """The process for the attempt, unless it was given up. From now on it is interrupted if it is given up."""
        with self._lock:
            if work.is_cancelled or self._closed.is_set():
                return None
            self._child = self._child or _Child()
            self._work = work
            return self._child

    def _leave(self, child: _Child) -> None:
        with self._lock:
            self._work = None
            if child.is_spent:
                self._child = None
        if child.is_spent:
            child.end()


class _Child:
    """A process, as the thread that looks after it sees it."""

    def __init__(self) -> None:
        self._connection, theirs = Pipe()
        with theirs:
            command = [sys.executable, "-c", _COMMAND, str(theirs.fileno())]
            self._process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)
        self._sending = threading.Lock()
        self._tasks: dict[ElsewhereAttempts, int] = {}
        #: Whether it makes no further attempt.
        self.is_spent = False
        self._send((sys.path, *packing.surroundings()))

    def make(self, work: Work, packed: packing.Packed) -> Answer:
        """Has an attempt made, and gives its answer."""
        task = None if work.attempts in self._tasks else work.attempts.packed()
        key = self._tasks.setdefault(work.attempts, len(self._tasks))
        self._send((key, task, packed))
        try:
            while True:
                kind, message = self._connection.recv()
                if kind == "answer":
                    return packing.unpacked_answer(message, work.attempts.made.task)
                if kind == "begin":
                    work.begin()
                else:
                    work.hear(message)
        except (EOFError, OSError):
            was_interrupted, self.is_spent = self.is_spent, True
            if was_interrupted:
                return Answer("Failed", "The task was interrupted.", None, False)
            return failed(work, f"The process that ran the task {self._ended()} before the task did.")

    def interrupt(self) -> None:
        """Interrupts the attempt that is being made; the process ends with it, by force if the task takes too long."""
        if not self.is_spent:
            self.is_spent = True
            self._send(None)
            threading.Thread(target=self._wait, name="castra-process-end", daemon=True).start()

    def end(self) -> None:
        """Ends the process, and returns once it is gone."""
        self._connection.close()
        self._wait()

    def _wait(self) -> int:
        try:
            return self._process.wait(CLEAN_UP)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()

    def _ended(self) -> str:
        """How the process ended."""
        status = self._wait()
        if status >= 0:
            return f"ended with code {status}"
        name = signal.Signals(-status).name
        return f"was ended by {name}{' (out of memory?)' if name == 'SIGKILL' else ''}"

    def _send(self, message: Any) -> None:
        try:
            with self._sending:
                self._connection.send(message)
        except OSError:
            # Its end is seen when its answer is waited for.
            pass
