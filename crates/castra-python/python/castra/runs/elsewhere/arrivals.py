"""Who comes to a Dask cluster and goes, as lines of the log. The scheduler is asked: a client that subscribes to its events loses its
connection with the first one that does not go into a message."""

from __future__ import annotations

import logging
import threading
from typing import Any

#: How often the scheduler is asked, in seconds.
_LOOK = 1.0


class Arrivals:
    """Looks which workers there are, from now until it is closed."""

    def __init__(self, client: Any, logger: logging.Logger):
        self._client = client
        self._logger = logger
        self._closed = threading.Event()
        self._known = set(client.nthreads())
        self._thread = threading.Thread(target=self._look, name="castra-arrivals", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Looks no more."""
        self._closed.set()
        self._thread.join(_LOOK)

    def _look(self) -> None:
        while not self._closed.wait(_LOOK):
            try:
                there = set(self._client.nthreads())
            except Exception:
                # A scheduler that does not answer is told of with the tasks that are lost.
                continue
            for worker in sorted(there - self._known):
                self._logger.info("Dask worker %s came", worker)
            for worker in sorted(self._known - there):
                self._logger.info("Dask worker %s went", worker)
            self._known = there
