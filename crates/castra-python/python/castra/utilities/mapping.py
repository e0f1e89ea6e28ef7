"""``apply_map``: several tasks, written by a function, mapped as one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from castra.core.task import Task
from castra.tasks.core.constants import Constant
from castra.utilities.context import context
from castra.utilities.edges import EdgeAnnotation, flatten, unmapped
from castra.utilities.tasks import as_task

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from castra.core.flow import Flow


class _Argument:
    """An argument of the function, and how it is taken."""

    def __init__(self, value: Any, flow: Flow):
        with context(case=None, resource=None, mapped=False):
            self.task = as_task(value, flow=flow)
        is_sequence = isinstance(value, (Task, EdgeAnnotation, Sequence))
        if not is_sequence:
            raise TypeError(f"{value!r} has no items to map over: `unmapped(...)` gives it to each call as it is")
        self.is_mapped = not isinstance(value, unmapped)
        self.is_flattened = isinstance(value, flatten)
        self.is_constant = isinstance(self.task, Constant)


def apply_map(func: Callable[..., Any], *args: Any, flow: Flow | None = None, **kwargs: Any) -> Any:
    """Calls ``func`` in a flow of its own, then takes its tasks over with edges that are mapped."""
    from castra.core.flow import Flow

    target = flow if flow is not None else context.get("flow")
    if target is None:
        raise ValueError("there is no flow to add tasks to: `apply_map` belongs into `with Flow(...)`")
    inner = Flow("apply_map")
    there_before = set(target.tasks)
    # Tasks in a list are gathered within: item by item, as what the function writes.
    positional = [_Argument(value, inner) for value in args]
    named = {name: _Argument(value, inner) for name, value in kwargs.items()}
    arguments = {argument.task: argument for argument in (*positional, *named.values())}
    for argument in arguments.values():
        if not argument.is_constant:
            with context(case=None, resource=None):
                inner.add_task(argument.task)
            target.add_task(argument.task)
    given = [argument.task for argument in positional]
    given_by_name: dict[str, Any] = {name: argument.task for name, argument in named.items()}
    if flow is not None:
        given_by_name["flow"] = inner
    with context(mapped=True, case=None, resource=None), inner:
        result = func(*given, **given_by_name)

    for task in inner.tasks:
        target.add_task(task)
    for edge in inner.edges:
        argument_of = arguments.get(edge.upstream_task)
        target.add_edge(
            edge.upstream_task,
            edge.downstream_task,
            key=edge.key,
            mapped=argument_of.is_mapped if argument_of else True,
            flattened=argument_of.is_flattened if argument_of else False,
        )
    _take_constants(inner, target, arguments)
    _wait_for_all(inner.tasks - there_before - set(arguments), target, arguments)
    return result


def _take_constants(inner: Flow, target: Flow, arguments: dict[Task, _Argument]) -> None:
    """Constants of the function are the same for every item; those that are mapped over become tasks."""
    mapped = {id(task.value): task for task, one in arguments.items() if isinstance(task, Constant) and one.is_mapped}
    for task, constants in inner.constants.items():
        for key, value in constants.items():
            constant = mapped.get(id(value))
            if constant is None:
                target.constants[task][key] = value
            else:
                flattened = arguments[constant].is_flattened
                target.add_edge(constant, task, key=key, mapped=True, flattened=flattened)


def _wait_for_all(written: set[Task], target: Flow, arguments: dict[Task, _Argument]) -> None:
    """Every task that was written waits for all that is mapped over, so that all have as many items."""
    waited_for = [one for one in arguments.values() if not (one.is_constant and not one.is_mapped)]
    for task in written:
        upstream = target.upstream_tasks(task)
        if upstream & written:
            continue
        for one in waited_for:
            if one.task not in upstream:
                target.add_edge(one.task, task, mapped=one.is_mapped, flattened=one.is_flattened)
