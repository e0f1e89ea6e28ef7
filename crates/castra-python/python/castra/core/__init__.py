"""Flows, tasks, edges and parameters."""

from castra._lazy import TYPE_CHECKING, lazy

_NAMES = {
    "DateTimeParameter": "castra.core.parameter",
    "Edge": "castra.core.edge",
    "Flow": "castra.core.flow",
    "Parameter": "castra.core.parameter",
    "Task": "castra.core.task",
}

__all__ = [*_NAMES]

if TYPE_CHECKING:
    from castra.core.edge import Edge as Edge
    from castra.core.flow import Flow as Flow
    from castra.core.parameter import DateTimeParameter as DateTimeParameter, Parameter as Parameter
    from castra.core.task import Task as Task
else:
    __getattr__ = lazy(__name__, _NAMES)
