"""Castra takes a workflow run to where it should run, and always knows what became of it.

What the package has is imported when it is first asked for.
"""

from castra._castra import __version__
from castra._lazy import TYPE_CHECKING, lazy

_NAMES = {
    "Client": "castra.client.client",
    "DateTimeParameter": "castra.core.parameter",
    "Edge": "castra.core.edge",
    "Flow": "castra.core.flow",
    "Parameter": "castra.core.parameter",
    "Task": "castra.core.task",
    "apply_map": "castra.utilities.tasks",
    "as_task": "castra.utilities.tasks",
    "case": "castra.tasks.control_flow",
    "config": "castra.configuration",
    "context": "castra.utilities.context",
    "flatten": "castra.utilities.edges",
    "get_logger": "castra.utilities.logging",
    "ifelse": "castra.tasks.control_flow",
    "mapped": "castra.utilities.edges",
    "merge": "castra.tasks.control_flow",
    "resource_manager": "castra.tasks.core.resource_manager",
    "switch": "castra.tasks.control_flow",
    "tags": "castra.utilities.tasks",
    "task": "castra.utilities.tasks",
    "unmapped": "castra.utilities.edges",
}

__all__ = ["__version__", *_NAMES]

if TYPE_CHECKING:
    from castra.client.client import Client as Client
    from castra.configuration import config as config
    from castra.core.edge import Edge as Edge
    from castra.core.flow import Flow as Flow
    from castra.core.parameter import DateTimeParameter as DateTimeParameter, Parameter as Parameter
    from castra.core.task import Task as Task
    from castra.tasks.control_flow.case import case as case
    from castra.tasks.control_flow.conditional import ifelse as ifelse, merge as merge, switch as switch
    from castra.tasks.core.resource_manager import resource_manager as resource_manager
    from castra.utilities.context import context as context
    from castra.utilities.edges import flatten as flatten, mapped as mapped, unmapped as unmapped
    from castra.utilities.logging import get_logger as get_logger
    from castra.utilities.tasks import apply_map as apply_map, as_task as as_task, tags as tags, task as task
else:
    __getattr__ = lazy(__name__, _NAMES)
