"""`LocalExecutor`."""

from castra.executors.base import Executor


class LocalExecutor(Executor):
    """One task after the other, on the thread that runs the flow."""
