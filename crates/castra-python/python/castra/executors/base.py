"""`Executor`: what the engine asks of every executor. The engine decides what runs when; an executor says where."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

TYPE_CHECKING = False
if TYPE_CHECKING:
    import logging

    from castra.runs.elsewhere.site import Site


class Executor:
    """Where the tasks of a run are done: unless a subclass says otherwise, one after the other, on the thread that runs the flow."""

    #: How many tasks run at the same time.
    concurrency = 1
    #: On how many threads besides the one that runs the flow.
    threads = 0

    @property
    def logger(self) -> logging.Logger:
        """Its logger."""
        from castra.utilities.logging import get_logger

        return get_logger(type(self).__name__)

    @contextmanager
    def start(self) -> Iterator[Site | None]:
        """For as long as a run lasts: the site at which its tasks are done; ``None`` if that is this process."""
        yield None

    def __repr__(self) -> str:
        return f"<Executor: {type(self).__name__}>"
