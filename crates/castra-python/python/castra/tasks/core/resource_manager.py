"""``@resource_manager``: what a block of tasks needs is set up before them and cleaned up after them, however they ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from castra.core.task import Task
from castra.engine import signals
from castra.triggers import all_finished
from castra.utilities.context import context

if TYPE_CHECKING:
    from castra.core.edge import Edge
    from castra.core.flow import Flow
    from castra.engine.state import State


class ResourceInitTask(Task):
    """Makes the manager."""

    decides_end = False

    def __init__(self, resource_class: Callable[..., Any], **kwargs: Any):
        self.run = resource_class
        super().__init__(**kwargs)


class ResourceSetupTask(Task):
    """Sets the resource up, and gives it."""

    always_runs = True

    def run(self, mgr: Any) -> Any:
        return mgr.setup()


class ResourceCleanupTask(Task):
    """Cleans the resource up."""

    decides_end = False
    always_runs = True

    def run(self, mgr: Any, resource: Any = None) -> None:
        mgr.cleanup(resource)


def resource_cleanup_trigger(upstream_states: Mapping[Edge, State]) -> bool:
    """Once all have ended, if there is something to clean up; otherwise the task is skipped."""
    all_finished(upstream_states)
    for edge, state in upstream_states.items():
        if edge.key in ("mgr", "resource") and (state.is_skipped() or not state.is_successful()):
            step = "init" if edge.key == "mgr" else "setup"
            how = "skipped" if state.is_skipped() else "failed"
            raise signals.SKIP(f"There is nothing to clean up: the resource's {step} {how}.")
    return True


class ResourceContext:
    """The block of tasks that need a resource."""

    def __init__(self, init_task: Task, setup_task: Task | None, cleanup_task: Task, flow: Flow):
        self.init_task = init_task
        self.setup_task = setup_task
        self.cleanup_task = cleanup_task
        self._flow = flow
        self._tasks: set[Task] = set()
        self._outer: ResourceContext | None = None

    def add_task(self, task: Task, flow: Flow) -> None:
        """Notes a task that is written in the block."""
        if self._flow is not flow:
            raise ValueError("a block of a resource belongs to one flow, and its tasks are of two")
        self._tasks.add(task)

    def __enter__(self) -> Task | None:
        self._outer = context.get("resource")
        context["resource"] = self
        return self.setup_task

    def __exit__(self, *_: object) -> None:
        if self._outer is None:
            context.pop("resource", None)
        else:
            context["resource"] = self._outer
        for task in self._tasks:
            # The others wait for these, or these for them.
            upstream, downstream = self._flow.upstream_tasks(task), self._flow.downstream_tasks(task)
            if self.setup_task is not None and not upstream & (self._tasks | {self.setup_task}):
                task.set_upstream(self.setup_task, flow=self._flow)
            if not downstream & (self._tasks | {self.cleanup_task}):
                task.set_downstream(self.cleanup_task, flow=self._flow)


class ResourceManager:
    """A class with ``setup``, which gives the resource, and ``cleanup``, which is given it; calling it with the arguments of the class within a
    flow begins a block: ``with Cluster(size) as cluster:``."""

    def __init__(
        self,
        resource_class: Callable[..., Any],
        name: str | None = None,
        init_task_kwargs: Mapping[str, Any] | None = None,
        setup_task_kwargs: Mapping[str, Any] | None = None,
        cleanup_task_kwargs: Mapping[str, Any] | None = None,
    ):
        name = name or getattr(resource_class, "__name__", "resource")
        self.name = name
        self.resource_class = resource_class
        cleanup = {"trigger": resource_cleanup_trigger, "skip_on_upstream_skip": False, "checkpoint": False}
        self.init_task_kwargs = {"name": name, **(init_task_kwargs or {})}
        self.setup_task_kwargs = {"name": f"{name}.setup", "checkpoint": False, **(setup_task_kwargs or {})}
        self.cleanup_task_kwargs = {"name": f"{name}.cleanup", **cleanup, **(cleanup_task_kwargs or {})}

    def __call__(self, *args: Any, flow: Flow | None = None, **kwargs: Any) -> ResourceContext:
        """A block of tasks.

        Raises ``ValueError`` outside of a flow.
        """
        flow = flow if flow is not None else context.get("flow")
        if flow is None:
            raise ValueError("there is no flow to add tasks to: a resource belongs into `with Flow(...)`")
        init_task = ResourceInitTask(self.resource_class, **self.init_task_kwargs)(*args, flow=flow, **kwargs)
        setup_task = None
        given = [init_task]
        if hasattr(self.resource_class, "setup"):
            setup_task = ResourceSetupTask(**self.setup_task_kwargs)(init_task, flow=flow)
            given.append(setup_task)
        cleanup_task = ResourceCleanupTask(**self.cleanup_task_kwargs)(*given, flow=flow)
        return ResourceContext(init_task, setup_task, cleanup_task, flow)


def resource_manager(
    resource_class: Callable[..., Any] | None = None,
    name: str | None = None,
    init_task_kwargs: Mapping[str, Any] | None = None,
    setup_task_kwargs: Mapping[str, Any] | None = None,
    cleanup_task_kwargs: Mapping[str, Any] | None = None,
) -> Any:
    """Makes a class a :class:`ResourceManager`; the arguments are those of the three tasks."""

    def make(resource_class: Callable[..., Any]) -> ResourceManager:
        return ResourceManager(resource_class, name, init_task_kwargs, setup_task_kwargs, cleanup_task_kwargs)

    return make if resource_class is None else make(resource_class)
