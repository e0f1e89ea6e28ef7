"""A flow: tasks, what they wait for, and where, how and when its runs are executed."""

from __future__ import annotations

import copy
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from functools import cached_property

from castra.core.edge import Edge
from castra.core.graph import in_order
from castra.core.parameter import Parameter
from castra.core.signature import check_takes
from castra.core.task import Task, _handlers
from castra.tasks.core.constants import Constant
from castra.utilities.context import context
from castra.utilities.tasks import as_task

TYPE_CHECKING = False
if TYPE_CHECKING:
    import logging
    from typing import Any

    from castra.engine.state import State


class Flow:
    """Tasks are written within ``with Flow("name") as flow:``; ``flow.run()`` runs it here and now,
    ``flow.register(project_name=...)`` lets agents run it.

    Raises ``ValueError`` without a name.
    """

    def __init__(
        self,
        name: str,
        schedule: Any = None,
        executor: Any = None,
        run_config: Any = None,
        storage: Any = None,
        tasks: Iterable[Task] | None = None,
        edges: Iterable[Edge] | None = None,
        reference_tasks: Iterable[Task] | None = None,
        state_handlers: Iterable[Callable[..., Any]] | None = None,
        on_failure: Callable[..., Any] | None = None,
        validate: bool | None = None,
        result: Any = None,
        terminal_state_handler: Callable[..., State | None] | None = None,
    ):
        if not name:
            raise ValueError("a flow needs a name")
        self.name = name
        self.schedule = schedule
        self.executor = executor
        self.run_config = run_config
        self.storage = storage
        #: Where results are stored of tasks that do not say it.
        self.result = result
        self.tasks: set[Task] = set()
        self.edges: set[Edge] = set()
        self.constants: defaultdict[Task, dict[str, Any]] = defaultdict(dict)
        self.slugs: dict[Task, str] = {}
        self._taken: set[str] = set()
        self._counts: Counter[str] = Counter()
        self._reference_tasks: set[Task] = set()
        self._edges_to: dict[Task, set[Edge]] = {}
        self._edges_from: dict[Task, set[Edge]] = {}
        self._entered: list[ExitStack] = []
        #: The Python file at whose top level it stands, if it was loaded from one.
        self._file: str | None = None
        for task in tasks or ():
            self.add_task(task)
        if reference_tasks is not None:
            self.set_reference_tasks(reference_tasks)
        for edge in edges or ():
            self.add_edge(edge.upstream_task, edge.downstream_task, edge.key, edge.mapped, edge.flattened, validate)
        self.state_handlers = _handlers(state_handlers, on_failure)
        self.terminal_state_handler = terminal_state_handler

    @cached_property
    def logger(self) -> logging.Logger:
        """What the flow says; in a tracked run it becomes part of the run's logs."""
        from castra.utilities.logging import get_logger

        return get_logger(self.name)

    def __repr__(self) -> str:
        return f'<{type(self).__name__}: name="{self.name}">'

    def __iter__(self) -> Iterator[Task]:
        return iter(self.sorted_tasks())

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Flow):
            return NotImplemented
        return (self.name, self.tasks, self.edges, self.reference_tasks()) == (
            other.name,
            other.tasks,
            other.edges,
            other.reference_tasks(),
        )

    __hash__ = None  # type: ignore[assignment]

    def __enter__(self) -> Flow:
        entered = ExitStack()
        entered.enter_context(context(flow=self, tasks_written=set()))
        self._entered.append(entered)
        return self

    def __exit__(self, failed: object, *_: object) -> None:
        unused = [task for task in context["tasks_written"] - self.tasks if not isinstance(task, Constant)]
        self._entered.pop().close()
        if unused and failed is None:
            named = ", ".join(sorted(map(repr, unused)))
            warnings.warn(f"these tasks were written in the block of {self}, and are not part of it: {named}", stacklevel=2)

    def copy(self) -> Flow:
        """A flow of the same tasks and edges."""
        new = copy.copy(self)
        new.tasks, new.edges = set(self.tasks), set(self.edges)
        new.slugs, new._taken, new._counts = dict(self.slugs), set(self._taken), Counter(self._counts)
        new.constants = defaultdict(dict, {task: dict(constants) for task, constants in self.constants.items()})
        new._edges_to = {task: set(edges) for task, edges in self._edges_to.items()}
        new._edges_from = {task: set(edges) for task, edges in self._edges_from.items()}
        new._reference_tasks = set(self._reference_tasks)
        new._entered = []
        return new

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_entered": []}

    # Tasks and edges

    def add_task(self, task: Task) -> Task:
        """Adds a task, unless it is there.

        Raises ``TypeError`` for what is no task, ``ValueError`` if its slug is taken.
        """
        if not isinstance(task, Task):
            raise TypeError(f"{task!r} is no task")
        if task in self.tasks:
            return task
        if task.slug and task.slug in self._taken:
            raise ValueError(f"two tasks of the flow have the slug {task.slug!r}: give one of them another")
        self.slugs[task] = task.slug or self._free_slug(task)
        self._taken.add(self.slugs[task])
        self.tasks.add(task)
        self._edges_to[task], self._edges_from[task] = set(), set()
        if not isinstance(task, (Parameter, Constant)):
            for block in (context.get("case"), context.get("resource")):
                if block is not None:
                    block.add_task(task, self)
        return task

    def _free_slug(self, task: Task) -> str:
        """The task's name, its tags, and the next number that is free."""
        prefix = "-".join([task.name, *sorted(task.tags)])
        while True:
            self._counts[prefix] += 1
            slug = f"{prefix}-{self._counts[prefix]}"
            if slug not in self._taken:
                return slug

    def add_edge(
        self,
        upstream_task: Any,
        downstream_task: Any,
        key: str | None = None,
        mapped: bool = False,
        flattened: bool = False,
        validate: bool | None = None,
    ) -> Edge:
        """Lets a task wait for another, and take its result as the argument ``key`` if given.

        Raises ``ValueError`` for a cycle, an argument that is given twice and a parameter that is to wait, ``TypeError``
        for an argument that the task does not have.
        """
        if mapped and context.get("mapped", False):
            raise ValueError("within `apply_map` everything is mapped already: leave out `mapped=True`")
        if isinstance(downstream_task, Parameter):
            raise ValueError(f"{downstream_task} is a parameter, and waits for nothing")
        edge = Edge(upstream_task, downstream_task, key, mapped, flattened, flow=self)
        upstream, downstream = edge.upstream_task, edge.downstream_task
        if isinstance(upstream, Constant) and key and not edge.mapped and not edge.flattened:
            self.add_task(downstream)
            self.constants[downstream][key] = upstream.value
            return edge
        self.add_task(upstream)
        self.add_task(downstream)
        if validate is not False:
            self._check_edge(edge, validate)
        self.edges.add(edge)
        self._edges_to[downstream].add(edge)
        self._edges_from[upstream].add(edge)
        return edge

    def _check_edge(self, edge: Edge, validate: bool | None) -> None:
        downstream = edge.downstream_task
        if edge.key is not None:
            same = {other for other in self._edges_to[downstream] if other.key == edge.key}
            # Said once more, an edge is the same edge; who asks for validation wants to hear of that, too.
            if same - {edge} or (same and validate):
                raise ValueError(
                    f"{downstream} has its argument {edge.key!r} in this flow already: to call it once more with other "
                    "arguments, call a copy of it (`Task.copy()`)"
                )
            check_takes(downstream.run, edge.key)
        if self._leads_to(downstream, edge.upstream_task):
            raise ValueError(f"{edge.upstream_task} would wait for itself: {downstream} comes before it already")

    def _leads_to(self, start: Task, end: Task) -> bool:
        """Whether ``end`` waits for ``start``. A task that nothing waits for is known at once."""
        seen, waiting = {start}, [start]
        while waiting:
            task = waiting.pop()
            if task is end:
                return True
            for edge in self._edges_from[task]:
                if edge.downstream_task not in seen:
                    seen.add(edge.downstream_task)
                    waiting.append(edge.downstream_task)
        return False

    def chain(self, *tasks: Task, validate: bool | None = None) -> list[Edge]:
        """Lets each of the tasks wait for the one before it."""
        return [self.add_edge(one, next_one, validate=validate) for one, next_one in zip(tasks, tasks[1:])]

    def set_dependencies(
        self,
        task: Any,
        upstream_tasks: Iterable[Any] | None = None,
        downstream_tasks: Iterable[Any] | None = None,
        keyword_tasks: Mapping[str, Any] | None = None,
        mapped: bool = False,
        validate: bool | None = None,
    ) -> None:
        """Says what a task waits for, what waits for it, and where its arguments come from."""
        task = as_task(task, flow=self)
        self.add_task(task)
        for upstream in upstream_tasks or ():
            self.add_edge(upstream, task, mapped=mapped, validate=validate)
        for downstream in downstream_tasks or ():
            self.add_edge(task, downstream, mapped=mapped, validate=validate)
        for key, upstream in (keyword_tasks or {}).items():
            self.add_edge(upstream, task, key=key, mapped=mapped, validate=validate)

    def update(
        self,
        flow: Flow,
        merge_parameters: bool = False,
        validate: bool | None = None,
        merge_reference_tasks: bool = False,
    ) -> None:
        """Adds the tasks and edges of another flow; ``merge_parameters`` makes those of the same name one."""
        if merge_parameters:
            theirs = {parameter.name: parameter for parameter in flow.parameters()}
            for parameter in self.parameters():
                if parameter.name in theirs:
                    self.replace(parameter, theirs[parameter.name])
        for task in flow.tasks:
            self.add_task(task)
        for edge in flow.edges - self.edges:
            self.add_edge(edge.upstream_task, edge.downstream_task, edge.key, edge.mapped, edge.flattened, validate)
        if merge_reference_tasks:
            self.set_reference_tasks(self.reference_tasks() | flow.reference_tasks())
        self.constants.update(flow.constants)

    def replace(self, old: Task, new: Task, validate: bool = True) -> None:
        """Puts a task in the place of another.

        Raises ``ValueError`` if the old one is not in the flow.
        """
        if old not in self.tasks:
            raise ValueError(f"{old} is not in {self}")
        new = as_task(new, flow=self)
        edges = self._edges_to[old] | self._edges_from[old]
        affected = [edge for edge in self.edges if edge in edges]
        is_reference = old in self._reference_tasks
        self._remove(old, affected)
        self.add_task(new)
        for edge in affected:
            upstream, downstream = (new if end is old else end for end in (edge.upstream_task, edge.downstream_task))
            self.add_edge(upstream, downstream, edge.key, edge.mapped, edge.flattened, validate=False)
        if is_reference:
            self.set_reference_tasks({new if task is old else task for task in self._reference_tasks})
        if validate:
            self.validate()

    def _remove(self, task: Task, edges: list[Edge]) -> None:
        for edge in edges:
            self.edges.discard(edge)
            self._edges_to[edge.downstream_task].discard(edge)
            self._edges_from[edge.upstream_task].discard(edge)
        self.tasks.remove(task)
        self._taken.discard(self.slugs[task])
        for known in (self.slugs, self.constants, self._edges_to, self._edges_from):
            known.pop(task, None)

    # What is known of the graph

    def root_tasks(self) -> set[Task]:
        """The tasks that wait for none."""
        return {task for task in self.tasks if not self._edges_to[task]}

    def terminal_tasks(self) -> set[Task]:
        """The tasks that no other waits for."""
        return {task for task in self.tasks if not self._edges_from[task]}

    def parameters(self) -> set[Parameter]:
        """What a run is given."""
        return {task for task in self.tasks if isinstance(task, Parameter)}

    def reference_tasks(self) -> set[Task]:
        """The tasks whose ends decide how a run ends; unless set, those that no other waits for, but for what is cleaned up."""
        if self._reference_tasks:
            return set(self._reference_tasks)
        decides = {task for task in self.tasks if task.decides_end}
        return {task for task in decides if not decides & {edge.downstream_task for edge in self._edges_from[task]}}

    def set_reference_tasks(self, tasks: Iterable[Task]) -> None:
        """Says whose ends decide how a run ends.

        Raises ``ValueError`` for a task that is not in the flow.
        """
        tasks = set(tasks)
        if not tasks <= self.tasks:
            raise ValueError("a reference task is not in the flow")
        self._reference_tasks = tasks

    def all_upstream_edges(self) -> dict[Task, set[Edge]]:
        """The edges into each task."""
        return {task: set(edges) for task, edges in self._edges_to.items()}

    def all_downstream_edges(self) -> dict[Task, set[Edge]]:
        """The edges out of each task."""
        return {task: set(edges) for task, edges in self._edges_from.items()}

    def edges_to(self, task: Task) -> set[Edge]:
        """The edges into a task.

        Raises ``ValueError`` if it is not in the flow.
        """
        return set(self._known(self._edges_to, task))

    def edges_from(self, task: Task) -> set[Edge]:
        """The edges out of a task.

        Raises ``ValueError`` if it is not in the flow.
        """
        return set(self._known(self._edges_from, task))

    def _known(self, edges: dict[Task, set[Edge]], task: Task) -> set[Edge]:
        if task not in edges:
            raise ValueError(f"{task} is not in {self}")
        return edges[task]

    def upstream_tasks(self, task: Task) -> set[Task]:
        """The tasks that a task waits for."""
        return {edge.upstream_task for edge in self.edges_to(task)}

    def downstream_tasks(self, task: Task) -> set[Task]:
        """The tasks that wait for a task."""
        return {edge.downstream_task for edge in self.edges_from(task)}

    def validate(self) -> None:
        """Raises ``ValueError`` if tasks wait for each other or are not part of the flow."""
        strangers = {task for edge in self.edges for task in edge.tasks} - self.tasks
        if strangers:
            raise ValueError(f"edges of {self} lead to tasks that are not in it: {', '.join(sorted(map(repr, strangers)))}")
        self.sorted_tasks()
        if not self._reference_tasks <= self.tasks:
            raise ValueError("a reference task is not in the flow")

    def sorted_tasks(self, root_tasks: Iterable[Task] | None = None) -> tuple[Task, ...]:
        """The tasks, each after all those it waits for; with ``root_tasks``, these and what waits for one of them.

        Raises ``ValueError`` for a cycle, and for a task that is not in the flow.
        """
        root_tasks = list(root_tasks or ())
        for task in root_tasks:
            self._known(self._edges_from, task)
        return in_order(self.slugs, self._edges_to, self._edges_from, root_tasks)

    def get_tasks(
        self,
        name: str | None = None,
        slug: str | None = None,
        tags: Iterable[str] | None = None,
        task_type: type | None = None,
    ) -> list[Task]:
        """The tasks that have all of this."""

        def has_all(task: Task) -> bool:
            return (
                (name is None or task.name == name)
                and (slug is None or self.slugs[task] == slug)
                and (tags is None or set(tags) <= task.tags)
                and (task_type is None or isinstance(task, task_type))
            )

        return [task for task in self.sorted_tasks() if has_all(task)]

    # Running and registering

    def run(self, parameters: Mapping[str, Any] | None = None, run_on_schedule: bool | None = None, **kwargs: Any) -> Any:
        """Runs the flow in this process, without a server, and gives the last state: ``state.result[task].result``.

        Parameters are given by name or in ``parameters``; ``context=`` adds to the context, ``executor=`` says how tasks
        run. A flow with a schedule waits for its next times and runs at each, unless ``run_on_schedule=False``.

        A run in which tasks are paused, and nothing else is left to do, gives a ``Running`` state. To go on,
        ``flow.run(state=state, task_states={task: Resume()})``: a task whose state is finished is not run again.
        ``task_contexts={task: {...}}`` adds to the context of a task.

        Raises ``ValueError`` for parameters that are missing or unknown, and for tasks that are not in the flow.
        """
        from castra.runs.local import run

        return run(self, parameters=parameters, run_on_schedule=run_on_schedule, **kwargs)

    def serialized_hash(self, build: bool = False) -> str:
        """A hash of what :meth:`serialize` gives: the same for flows that say the same."""
        from castra.runs.registration import serialized_hash

        return serialized_hash(self, build)

    def save(self, fpath: str | None = None) -> str:
        """Pickles the flow into a file, of ``flows`` in ``CASTRA_HOME`` (``~/.castra``) unless given, and says where."""
        from castra.runs import pickled
        from castra.storage import Local

        return pickled.dump(self, fpath, exactly=True) if fpath else pickled.dump(self, Local().directory)

    @classmethod
    def load(cls, fpath: str) -> Flow:
        """The flow that :meth:`save` wrote into a file."""
        from castra.runs import pickled

        return pickled.load(fpath)

    def serialize(self, build: bool = False) -> dict[str, Any]:
        """The form in which it is registered. ``build`` puts it into its storage first.

        Raises ``ValueError`` with ``build`` if it names no storage.
        """
        from castra.runs.registration import serialize

        return serialize(self, build)

    def visualize(self, flow_state: State | None = None, filename: str | None = None) -> Any:
        """Draws the tasks and what waits for what, coloured by their states if ``flow_state`` is given, as SVG: written to
        ``filename`` if given. In a notebook, the drawing is shown."""
        from castra.runs.drawing import draw

        return draw(self, flow_state, filename)

    def register(
        self,
        project_name: str | None = None,
        labels: Iterable[str] | None = None,
        add_default_labels: bool | None = None,
        set_schedule_active: bool = True,
        version_group_id: str | None = None,
        idempotency_key: str | None = None,
        no_url: bool = False,
        build: bool = True,
    ) -> str | None:
        """Registers it with the server, so that agents can run it, and gives the flow's id. Nothing is done while the
        flow's own file is loaded.

        Args:
            project_name: where it belongs.
            labels: labels besides those of its run config.
            add_default_labels: whether `Local` storage adds this machine's name to the labels; by default, as the storage
                says.
            set_schedule_active: whether its schedule creates runs from now on.
            version_group_id: the flow group that it is a version of, if not that of the flow of this name in the project.
            idempotency_key: the same key as last time makes no new version; by default, the hash of what the flow says.
            no_url: taken as in Prefect 1; no address is printed in any case.
            build: whether it is put into its storage first.

        Raises ``ValueError`` without a project, ``ClientError`` if the server refuses.
        """
        from castra.runs.registration import register

        return register(
            self,
            project_name,
            labels=labels,
            add_default_labels=add_default_labels,
            set_schedule_active=set_schedule_active,
            version_group_id=version_group_id,
            idempotency_key=idempotency_key,
            build=build,
        )

