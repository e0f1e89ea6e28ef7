"""Executors that do several tasks at the same time, under the names that Prefect 1 gave them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from castra.executors.base import Executor

if TYPE_CHECKING:
    from castra.runs.elsewhere.site import Site

#: What the schedulers are called, by the names that each has.
_SCHEDULERS = {
    "threads": "threads",
    "threading": "threads",
    "processes": "processes",
    "multiprocessing": "processes",
    "sync": "synchronous",
    "synchronous": "synchronous",
    "single-threaded": "synchronous",
}


class LocalDaskExecutor(Executor):
    """Several tasks at the same time on this machine; Castra's engine does the work, and Dask is not needed.

    Args:
        scheduler: ``threads`` of this process; ``processes`` of their own, for tasks that compute in Python, which travel there
            and back as pickles; or ``synchronous``, one task after the other.
        num_workers: how many threads or processes; unless given, as many as there are processors.

    Raises:
        ValueError: there is no such scheduler, or no worker.
        TypeError: an argument is none of these.
    """

    def __init__(self, scheduler: str = "threads", num_workers: int | None = None, **kwargs: Any):
        if kwargs:
            raise TypeError(f"LocalDaskExecutor takes `scheduler` and `num_workers`, not {', '.join(sorted(kwargs))}")
        self.scheduler = _scheduler(scheduler)
        if num_workers is not None and num_workers < 1:
            raise ValueError(f"LocalDaskExecutor.num_workers cannot be {num_workers}: give 1 or more")
        self.num_workers = num_workers

    @property
    def concurrency(self) -> int:  # type: ignore[override]
        """How many tasks run at the same time."""
        return 1 if self.scheduler == "synchronous" else self.num_workers or os.cpu_count() or 1

    @property
    def threads(self) -> int:  # type: ignore[override]
        """On how many threads besides the one that runs the flow."""
        return self.concurrency if self.scheduler == "threads" else 0

    @contextmanager
    def start(self) -> Iterator[Site | None]:
        """For as long as a run lasts, the processes, if there are to be any."""
        if self.scheduler != "processes":
            yield None
            return
        from castra.runs.elsewhere.processes import Processes

        processes = Processes(self.concurrency)
        try:
            yield processes
        finally:
            processes.close()

    def __repr__(self) -> str:
        return f"LocalDaskExecutor(scheduler={self.scheduler!r}, num_workers={self.num_workers})"


def _scheduler(name: str) -> str:
    try:
        return _SCHEDULERS[name.lower()]
    except KeyError:
        known = ", ".join(dict.fromkeys(_SCHEDULERS.values()))
        raise ValueError(f"LocalDaskExecutor.scheduler cannot be {name!r}: it is one of {known}") from None
