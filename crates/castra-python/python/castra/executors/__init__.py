"""Executors: where the tasks of a run are done, and how many at a time."""

from castra._lazy import TYPE_CHECKING, lazy

_NAMES = {
    "DaskExecutor": "castra.executors.dask",
    "Executor": "castra.executors.base",
    "LocalDaskExecutor": "castra.executors.dask",
    "LocalExecutor": "castra.executors.local",
}

__all__ = [*_NAMES]

if TYPE_CHECKING:
    from castra.executors.base import Executor as Executor
    from castra.executors.dask import DaskExecutor as DaskExecutor
    from castra.executors.dask import LocalDaskExecutor as LocalDaskExecutor
    from castra.executors.local import LocalExecutor as LocalExecutor
else:
    __getattr__ = lazy(__name__, _NAMES)
