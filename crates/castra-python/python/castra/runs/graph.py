"""A flow as the engine takes it: every task in its place, with where its arguments come from."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Iterable, Sequence

from castra import _castra
from castra.core.parameter import Parameter
from castra.runs import kept
from castra.runs.attempt import TaskAttempts
from castra.runs.handlers import TaskHandlers
from castra.runs.wire import wire_task
from castra.tasks.core.constants import Constant

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from castra.core.edge import Edge
    from castra.core.flow import Flow
    from castra.core.task import Task
    from castra.executors import Executor
    from castra.runs.elsewhere.site import ElsewhereAttempts, Site
    from castra.runs.run import Run

    #: Where a task takes an argument from: its name, the place of the task that gives it or ``None`` for a fixed value, whether it
    #: is taken item by item, whether it is flattened, and the fixed value.
    Taken = tuple[str | None, int | None, bool, bool, Any]


class GraphTask(namedtuple("GraphTask", ["wire", "inputs", "after", "attempts", "handlers", "parameter"])):
    """A task as the engine is told of it.

    ``wire`` is what is registered of it, ``inputs`` are what is ``Taken``, and ``after`` the places of the tasks that it waits for
    without taking their results. Of a parameter, ``parameter`` says whether it is required, and its default.
    """


def graph(
    flow: Flow, run: Run, workers: _castra.Workers, executor: Executor, site: Site | None
) -> tuple[_castra.Graph, tuple[Task, ...]]:
    """The graph, and the tasks by their places in it; ``site`` is where the executor has them done, if not in this process."""
    lowered = _castra.Graph(flow.name, workers, executor.concurrency)
    order = flow.sorted_tasks()
    places = {task: place for place, task in enumerate(order)}
    for task in order:
        _add(lowered, flow, task, places, run, site)
    for task in flow.reference_tasks():
        lowered.add_reference_task(places[task])
    return lowered, order


def _add(
    lowered: _castra.Graph, flow: Flow, task: Task, places: dict[Task, int], run: Run, site: Site | None
) -> None:
    edges = sorted(flow._edges_to[task], key=lambda edge: (edge.key is None and not edge.mapped, edge.key or ""))
    taken = [edge for edge in edges if edge.key is not None or edge.mapped]
    waited_for = [edge for edge in edges if edge.key is None and not edge.mapped]
    inputs: list[Taken] = [_input(edge, places) for edge in taken]
    constants = flow.constants.get(task, {})
    inputs.extend((key, None, False, False, value) for key, value in constants.items())
    names = [edge.key for edge in taken] + list(constants)
    attempts = TaskAttempts(task, flow.slugs[task], names, taken + waited_for, run, kept.where(flow, task))
    lowered.add(
        GraphTask(
            wire=wire_task(task, flow.slugs[task]),
            inputs=inputs,
            after=[places[edge.upstream_task] for edge in waited_for],
            attempts=_made_at(site, attempts),
            handlers=TaskHandlers(task) if task.state_handlers else None,
            parameter=(task.required, task.default) if isinstance(task, Parameter) else None,
        )
    )


def _made_at(site: Site | None, attempts: TaskAttempts) -> TaskAttempts | ElsewhereAttempts:
    """The attempts where they are made."""
    if site is None or attempts.task.is_done_here:
        return attempts
    from castra.runs.elsewhere.site import ElsewhereAttempts

    return ElsewhereAttempts(attempts, site)


def _input(edge: Edge, places: dict[Task, int]) -> Taken:
    return edge.key, places[edge.upstream_task], edge.mapped, edge.flattened, None
