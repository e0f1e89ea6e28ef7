"""Castra takes a workflow run to where it should run, and always knows what became of it.

What the package has is imported when it is first asked for.
"""

from castra._castra import __version__
from castra._lazy import lazy

__all__ = [
    "DateTimeParameter",
    "Edge",
    "Flow",
    "Parameter",
    "Task",
    "__version__",
    "apply_map",
    "as_task",
    "case",
    "context",
    "flatten",
    "get_logger",
    "ifelse",
    "mapped",
    "merge",
    "switch",
    "tags",
    "task",
    "unmapped",
]

__getattr__ = lazy(
    __name__,
    {
        "DateTimeParameter": "castra.core.parameter",
        "Edge": "castra.core.edge",
        "Flow": "castra.core.flow",
        "Parameter": "castra.core.parameter",
        "Task": "castra.core.task",
        "apply_map": "castra.utilities.tasks",
        "as_task": "castra.utilities.tasks",
        "case": "castra.tasks.control_flow",
        "context": "castra.utilities.context",
        "flatten": "castra.utilities.edges",
        "get_logger": "castra.utilities.logging",
        "ifelse": "castra.tasks.control_flow",
        "mapped": "castra.utilities.edges",
        "merge": "castra.tasks.control_flow",
        "switch": "castra.tasks.control_flow",
        "tags": "castra.utilities.tasks",
        "task": "castra.utilities.tasks",
        "unmapped": "castra.utilities.edges",
    },
)
