"""Executors: on which threads the tasks of a run are done."""

from __future__ import annotations

import os
from typing import Any


class LocalExecutor:
    """One task after the other, on the thread that runs the flow."""

    #: How many tasks run at the same time.
    concurrency = 1
    #: On how many threads besides the one that runs the flow.
    threads = 0

    def __repr__(self) -> str:
        return "LocalExecutor()"


class LocalDaskExecutor:
    """Several tasks at the same time, on ``num_workers`` threads; unless given, as many as there are processors. It has the
    name that Prefect 1 gave it; Castra's engine does the work, and Dask is not needed.

    Raises ``ValueError`` for another scheduler than threads.
    """

    def __init__(self, scheduler: str = "threads", num_workers: int | None = None, **kwargs: Any):
        if scheduler not in ("threads", "threading"):
            raise ValueError(f"LocalDaskExecutor runs tasks in threads; there is no scheduler {scheduler!r}")
        if kwargs:
            raise ValueError(f"LocalDaskExecutor takes `scheduler` and `num_workers`, not {', '.join(sorted(kwargs))}")
        self.scheduler = "threads"
        self.num_workers = num_workers
        self.threads = self.concurrency = max(1, num_workers or os.cpu_count() or 1)

    def __repr__(self) -> str:
        return f"LocalDaskExecutor(scheduler='threads', num_workers={self.concurrency})"
