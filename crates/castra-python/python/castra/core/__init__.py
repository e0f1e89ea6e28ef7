"""Flows, tasks, edges and parameters."""

from castra._lazy import lazy

__all__ = ["DateTimeParameter", "Edge", "Flow", "Parameter", "Task"]

__getattr__ = lazy(
    __name__,
    {
        "DateTimeParameter": "castra.core.parameter",
        "Edge": "castra.core.edge",
        "Flow": "castra.core.flow",
        "Parameter": "castra.core.parameter",
        "Task": "castra.core.task",
    },
)
