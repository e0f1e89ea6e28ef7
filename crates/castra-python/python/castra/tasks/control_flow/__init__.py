"""Branches: tasks that run depending on a result."""

from castra.tasks.control_flow.case import case
from castra.tasks.control_flow.conditional import ifelse, merge, switch
from castra.tasks.control_flow.filter import FilterTask

__all__ = ["FilterTask", "case", "ifelse", "merge", "switch"]
