"""Executors: where the tasks of a run are done, and how many at a time."""

from castra.executors.base import Executor
from castra.executors.dask import DaskExecutor, LocalDaskExecutor
from castra.executors.local import LocalExecutor

__all__ = ["DaskExecutor", "Executor", "LocalDaskExecutor", "LocalExecutor"]
