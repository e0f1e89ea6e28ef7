"""An edge: one task waits for another, and may take its result as an argument."""

from __future__ import annotations

import keyword

from castra.core.task import Task
from castra.utilities.edges import EdgeAnnotation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from castra.core.flow import Flow


class Edge:
    """Upstream comes before downstream; with a ``key``, the result is the argument of that name.

    Raises ``ValueError`` if ``key`` is no name of an argument, or a mapped edge has none to map over.
    """

    __slots__ = ("downstream_task", "flattened", "key", "mapped", "upstream_task")

    def __init__(
        self,
        upstream_task: Any,
        downstream_task: Any,
        key: str | None = None,
        mapped: bool | None = False,
        flattened: bool | None = False,
        flow: Flow | None = None,
    ):
        from castra.utilities.tasks import as_task

        if upstream_task is downstream_task:
            raise ValueError(f"{upstream_task} cannot wait for itself")
        if key is not None and not (isinstance(key, str) and key.isidentifier() and not keyword.iskeyword(key)):
            raise ValueError(f"{key!r} is no name of an argument")
        said = {**_said_of(upstream_task), **_said_of(downstream_task)}
        self.upstream_task: Task = as_task(upstream_task, flow=flow)
        self.downstream_task: Task = as_task(downstream_task, flow=flow)
        self.key = key
        self.mapped = said.get("mapped", bool(mapped))
        self.flattened = said.get("flattened", bool(flattened))

    @property
    def tasks(self) -> set[Task]:
        """Both of its tasks."""
        return {self.upstream_task, self.downstream_task}

    def serialize(self) -> dict[str, Any]:
        """The form in which it is registered."""
        from castra.runs.wire import wire_edge

        return wire_edge(self, {})

    def _identity(self) -> tuple[Any, ...]:
        return (id(self.upstream_task), id(self.downstream_task), self.key, self.mapped, self.flattened)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Edge) and self._identity() == other._identity()

    def __hash__(self) -> int:
        return hash(self._identity())

    def __repr__(self) -> str:
        described = f"Edge(key={self.key}, mapped={self.mapped}, flattened={self.flattened})"
        return f"<{described}: {self.upstream_task.name} to {self.downstream_task.name}>"


def _said_of(task: Any) -> dict[str, bool]:
    return task.annotations if isinstance(task, EdgeAnnotation) else {}
