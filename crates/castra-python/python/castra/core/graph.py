"""The order in which tasks can run."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from castra.core.edge import Edge
    from castra.core.task import Task


def in_order(
    tasks: Iterable[Task],
    edges_to: Mapping[Task, set[Edge]],
    edges_from: Mapping[Task, set[Edge]],
    root_tasks: Iterable[Task] = (),
) -> tuple[Task, ...]:
    """Each task after all those it waits for, otherwise in the given order; with ``root_tasks``, only these and what
    waits for them.

    Raises ``ValueError`` for a cycle.
    """
    wanted = _reachable(root_tasks, edges_from)
    chosen = [task for task in tasks if not wanted or task in wanted]
    place = {task: number for number, task in enumerate(chosen)}
    waits = [sum(edge.upstream_task in place for edge in edges_to[task]) for task in chosen]
    ready = [number for number, count in enumerate(waits) if count == 0]
    order: list[Task] = []
    while ready:
        task = chosen[heapq.heappop(ready)]
        order.append(task)
        for edge in edges_from[task]:
            number = place[edge.downstream_task]
            waits[number] -= 1
            if waits[number] == 0:
                heapq.heappush(ready, number)
    if len(order) < len(chosen):
        raise ValueError("the tasks of the flow wait for each other in a circle")
    return tuple(order)


def _reachable(roots: Iterable[Task], edges_from: Mapping[Task, set[Edge]]) -> set[Task]:
    reached: set[Task] = set()
    waiting = list(roots)
    while waiting:
        task = waiting.pop()
        if task not in reached:
            reached.add(task)
            waiting.extend(edge.downstream_task for edge in edges_from[task])
    return reached
