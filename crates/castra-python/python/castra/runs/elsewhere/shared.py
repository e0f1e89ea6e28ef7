"""Large values that many attempts on a Dask cluster are given, such as one that is not mapped over: they are sent there once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from castra.runs.elsewhere.worker import STAYS


class _Large(NamedTuple):
    """A value that is large as a pickle."""

    #: Held, so that no other value has its identity.
    value: Any
    #: The pickle on the cluster, once it was sent there.
    future: Any


class Shared:
    """What has been sent to the cluster of a client."""

    def __init__(self, client: Any):
        self._client = client
        self._large: dict[int, _Large] = {}

    def sent(self, value: Any, pickle: Callable[[], bytes]) -> Any:
        """The value as it travels with an attempt: the pickle itself, or Dask's future of it if it is large and was sent before."""
        known = self._large.get(id(value))
        if known is not None and known.future is not None and known.future.status not in ("lost", "cancelled"):
            return known.future
        content = pickle()
        if len(content) <= STAYS:
            return content
        future = None
        # Without a worker there is nowhere to send it, and none comes for want of attempts.
        if known is not None and self._has_workers():
            future = self._client.scatter(content, hash=False)
        self._large[id(value)] = _Large(value, future)
        return content if future is None else future

    def _has_workers(self) -> bool:
        return bool(self._client.nthreads())
