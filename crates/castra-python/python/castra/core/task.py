"""A task: what is done, and how it is retried, timed and triggered. Written into a flow by calling it."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from functools import cached_property

from castra import triggers
from castra.core.signature import arguments_of, check_is_function, check_run, inputs_of, number_of_outputs, types_of
from castra.engine import cache_validators
from castra.utilities.context import context

TYPE_CHECKING = False
if TYPE_CHECKING:
    import inspect
    import logging
    from typing import Any

    from castra.configuration import Config
    from castra.core.edge import Edge
    from castra.core.flow import Flow


class Task:
    """What is done, by ``run``: subclass it and write ``run``, or decorate a function with ``@task``.

    Calling a task within ``with Flow(...)`` makes a copy of it that is given these arguments; arguments that are tasks
    stand for their results.

    ``max_retries`` failures are followed by another attempt after ``retry_delay``, for the exceptions of ``retry_on`` if
    given. ``timeout`` is in whole seconds. ``trigger`` decides whether the task runs, given how the tasks before it ended.
    A ``result`` says where results are stored (``castra.engine.results``), ``target`` where one is found that need not be made
    again; ``checkpoint=False`` stores none. ``cache_for`` keeps results in this process while ``cache_validator`` says that they
    hold, for all tasks of one ``cache_key``. ``task_run_name`` names the task runs: a text with ``{names}`` of arguments,
    parameters and the context, or a function of these.
    ``nout`` is how many items a result has that is unpacked. ``log_stdout`` makes what is printed part of the run's logs.

    Raises ``TypeError`` for tags that are a string, handlers that are no list, a delay that is no ``timedelta``, and a timeout
    that is no number of seconds;
    ``ValueError`` for retries without a delay.
    """

    #: Whether its end counts for the end of the run, unless the flow says whose do.
    decides_end = True
    #: Whether it is run even if it ended in an earlier run that this one goes on with.
    always_runs = False
    #: Whether it is done in the process of its flow, wherever the executor has tasks done: it gives what is there already.
    is_done_here = False

    def __init_subclass__(cls, **kwargs: Any):
        super().__init_subclass__(**kwargs)
        if "run" in cls.__dict__:
            check_run(cls.__dict__["run"])

    def __init__(
        self,
        name: str | None = None,
        slug: str | None = None,
        tags: Iterable[str] | None = None,
        max_retries: int | None = None,
        retry_delay: timedelta | None = None,
        retry_on: type[Exception] | Iterable[type[Exception]] | None = None,
        timeout: int | timedelta | None = None,
        trigger: Callable[..., bool] | None = None,
        skip_on_upstream_skip: bool = True,
        cache_for: timedelta | None = None,
        cache_validator: Callable[..., bool] | None = None,
        cache_key: str | None = None,
        checkpoint: bool | None = None,
        state_handlers: Iterable[Callable[..., Any]] | None = None,
        on_failure: Callable[..., Any] | None = None,
        log_stdout: bool = False,
        result: Any = None,
        target: str | Callable[..., str] | None = None,
        task_run_name: str | Callable[..., str] | None = None,
        nout: int | None = None,
    ):
        for name in self.__dict__.keys() & _ATTRIBUTES:
            warnings.warn(
                f"{type(self).__name__} sets `self.{name}` before `super().__init__()`, which sets it, too: call that first, or "
                f"give it `{name}`",
                stacklevel=2,
            )
        _note_written(self)
        if isinstance(tags, str):
            raise TypeError(f"`tags` is a text, and has to be a set of texts: write {{{tags!r}}}")
        self.name = name or type(self).__name__
        self.slug = slug
        check_is_function(self.run, self.name)
        self.tags: set[str] = set(tags or ()) | set(context.get("tags", ()))
        defaults = _defaults()
        self.max_retries = int((defaults.max_retries if max_retries is None else max_retries) or 0)
        self.retry_delay = _delay(defaults.retry_delay) if retry_delay is None and self.max_retries else retry_delay
        for name, duration in (("retry_delay", retry_delay), ("cache_for", cache_for)):
            if duration is not None and not isinstance(duration, timedelta):
                raise TypeError(f"`{name}` is a datetime.timedelta, not {duration!r}: timedelta(seconds={duration!r})")
        self.retry_on = _exceptions(retry_on)
        if self.max_retries > 0 and self.retry_delay is None:
            raise ValueError("say with `retry_delay`, a timedelta, how long to wait before each of the `max_retries`")
        if retry_on and not self.max_retries:
            raise ValueError("say with `max_retries` how often to try again on the errors of `retry_on`")
        if not self.max_retries and retry_delay is not None:
            raise ValueError("there is a `retry_delay`, and nothing is tried again: give `max_retries`, too")
        self.timeout = _seconds((defaults.timeout or None) if timeout is None else timeout)
        self.trigger = trigger or triggers.all_successful
        self.skip_on_upstream_skip = skip_on_upstream_skip
        self.cache_for = cache_for
        self.cache_key = cache_key
        self.cache_validator = cache_validator or (
            cache_validators.never_use if cache_for is None else cache_validators.duration_only
        )
        if cache_for is None and self.cache_validator is not cache_validators.never_use:
            warnings.warn(
                "there is a `cache_validator`, and no result is kept: give `cache_for`, too",
                stacklevel=2,
            )
        self.checkpoint = checkpoint
        self.result = result
        self.target = target
        self.task_run_name = task_run_name
        self.state_handlers = _handlers(state_handlers, on_failure)
        self.log_stdout = log_stdout
        self.nout = number_of_outputs(self.run) if nout is None else nout
        self.auto_generated = False

    def __repr__(self) -> str:
        return f"<Task: {self.name}>"

    @cached_property
    def logger(self) -> logging.Logger:
        """What the task says; in a tracked run it becomes part of the run's logs."""
        from castra.utilities.logging import get_logger

        return get_logger(self.name)

    if TYPE_CHECKING:
        run: Callable[..., Any]
    else:

        def run(self) -> None:
            """Does the work; subclasses write it. What it returns is the task's result."""

    # Writing it into a flow

    def copy(self, **task_args: Any) -> Task:
        """A copy with some attributes changed; it has none of the dependencies.

        Raises ``AttributeError`` for an attribute that tasks do not have.
        """
        flow = context.get("flow")
        if flow is not None and self in flow.tasks and (flow.edges_to(self) or flow.edges_from(self)):
            warnings.warn(
                f"{self} is tied to other tasks of this flow; its copy is tied to none",
                stacklevel=2,
            )
        new = copy.copy(self)
        if new.slug and "slug" not in task_args:
            task_args["slug"] = f"{new.slug}-copy"
        for name, value in task_args.items():
            if not hasattr(new, name):
                raise AttributeError(f"{self} does not have {name} as an attribute")
            setattr(new, name, value)
        new.tags = set(self.tags) | set(new.tags) | set(context.get("tags", ()))
        _note_written(new, copied=self)
        return new

    def __call__(
        self,
        *args: Any,
        mapped: bool = False,
        task_args: Mapping[str, Any] | None = None,
        upstream_tasks: Iterable[Any] | None = None,
        flow: Flow | None = None,
        **kwargs: Any,
    ) -> Any:
        """A copy that is given these arguments when the flow runs."""
        for name, value in vars(self).items():
            if isinstance(value, Task):
                warnings.warn(
                    f"{self} was made with {value} as its {name!r}: that is the task, not its result. Give results to the task when "
                    f"it is called: {type(self).__name__}(...)({name}=...)",
                    stacklevel=2,
                )
        return self.copy(**dict(task_args or {})).bind(
            *args, mapped=mapped, upstream_tasks=upstream_tasks, flow=flow, **kwargs
        )

    def bind(
        self,
        *args: Any,
        mapped: bool = False,
        upstream_tasks: Iterable[Any] | None = None,
        flow: Flow | None = None,
        **kwargs: Any,
    ) -> Task:
        """Gives this very task its arguments.

        Raises ``TypeError`` if they do not fit ``run``, ``ValueError`` outside of a flow.
        """
        self.tags |= set(context.get("tags", ()))
        arguments = arguments_of(self.run, args, kwargs)
        self.set_dependencies(
            flow=_flow_of(flow, f"creating edge to {self}"),
            upstream_tasks=upstream_tasks,
            keyword_tasks=arguments,
            mapped=mapped,
        )
        return self

    def map(
        self,
        *args: Any,
        upstream_tasks: Iterable[Any] | None = None,
        flow: Flow | None = None,
        task_args: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> Task:
        """A copy that runs once for each item of its arguments; those that are ``unmapped`` it takes as they are."""
        new = self.copy(**dict(task_args or {}))
        # Its result is a list of as many items as there are.
        new.nout = None
        return new.bind(*args, mapped=True, upstream_tasks=upstream_tasks, flow=flow, **kwargs)

    def set_dependencies(
        self,
        flow: Flow | None = None,
        upstream_tasks: Iterable[Any] | None = None,
        downstream_tasks: Iterable[Any] | None = None,
        keyword_tasks: Mapping[str, Any] | None = None,
        mapped: bool = False,
        validate: bool | None = None,
    ) -> Task:
        """Says what it waits for, what waits for it, and where its arguments come from."""
        _flow_of(flow, "setting dependencies").set_dependencies(
            task=self,
            upstream_tasks=upstream_tasks,
            downstream_tasks=downstream_tasks,
            keyword_tasks=keyword_tasks,
            mapped=mapped,
            validate=validate,
        )
        return self

    def set_upstream(
        self, task: Any, flow: Flow | None = None, key: str | None = None, mapped: bool = False
    ) -> Task:
        """Waits for another task, and takes its result as the argument ``key`` if given."""
        if key is not None:
            return self.set_dependencies(flow=flow, keyword_tasks={key: task}, mapped=mapped)
        return self.set_dependencies(flow=flow, upstream_tasks=[task], mapped=mapped)

    def set_downstream(
        self, task: Task, flow: Flow | None = None, key: str | None = None, mapped: bool = False
    ) -> Task:
        """Lets another task wait for it, and take its result as the argument ``key`` if given."""
        task.set_upstream(self, flow=_flow_of(flow, "setting dependencies"), key=key, mapped=mapped)
        return self

    # What is known of it in the flow

    def inputs(self) -> dict[str, dict[str, Any]]:
        """Its arguments: whether each is required, of what type, and its default if it has one."""
        from typing import Any

        return inputs_of(self.run, Any)

    def outputs(self) -> Any:
        """The type of its result."""
        from typing import Any

        return types_of(self.run).get("return", Any)

    @property
    def __signature__(self) -> inspect.Signature:
        import inspect

        return inspect.signature(self.run)

    def serialize(self) -> dict[str, Any]:
        """The form in which it is registered."""
        from castra.runs.wire import wire_task

        return wire_task(self, self.slug or self.name)

    def is_equal(self, other: Any) -> Any:
        """A task that tells whether the results are equal; ``==`` compares the tasks themselves."""
        return _operator("Equal", self, other)

    def is_not_equal(self, other: Any) -> Any:
        """A task that tells whether the results differ."""
        return _operator("NotEqual", self, other)

    def not_(self) -> Any:
        """A task that tells whether the result is false."""
        return _operator("Not", self)

    def or_(self, other: Any) -> Any:
        """A task that gives the ``or`` of the results."""
        return _operator("Or", self, other)

    def pipe(self, _prefect_task: Task, **kwargs: Any) -> Any:
        """Gives its result to another task as that one's first argument: ``one.pipe(two, y=3)``."""
        import inspect

        first = next(iter(inspect.signature(_prefect_task.run).parameters), None)
        if first is None:
            raise TypeError(f"{_prefect_task} takes no argument that a result could be given to")
        arguments: dict[str, Any] = {first: self, **kwargs}
        return _prefect_task(**arguments)

    # Its result as a value

    def __iter__(self) -> Iterator[Any]:
        if self.nout is None:
            raise TypeError(
                f"how many results {self} has is not known before it runs: say it with `nout`, or annotate that it returns a "
                "tuple of so many"
            )
        return (self[index] for index in range(self.nout))

    def __getitem__(self, key: Any) -> Any:
        from castra.tasks.core.operators import GetItem

        name = f"{self.name}[{key.name if isinstance(key, Task) else repr(key)}]"
        return GetItem(name=name, checkpoint=self.checkpoint, result=self.result).bind(self, key)

    def __or__(self, other: Any) -> Any:
        self.set_dependencies(downstream_tasks=[other])
        return other

    def __ror__(self, other: Any) -> Task:
        self.set_upstream(other)
        return self

    def __add__(self, other: Any) -> Any:
        return _operator("Add", self, other)

    def __sub__(self, other: Any) -> Any:
        return _operator("Sub", self, other)

    def __mul__(self, other: Any) -> Any:
        return _operator("Mul", self, other)

    def __truediv__(self, other: Any) -> Any:
        return _operator("Div", self, other)

    def __floordiv__(self, other: Any) -> Any:
        return _operator("FloorDiv", self, other)

    def __mod__(self, other: Any) -> Any:
        return _operator("Mod", self, other)

    def __pow__(self, other: Any) -> Any:
        return _operator("Pow", self, other)

    def __and__(self, other: Any) -> Any:
        return _operator("And", self, other)

    def __radd__(self, other: Any) -> Any:
        return _operator("Add", other, self)

    def __rsub__(self, other: Any) -> Any:
        return _operator("Sub", other, self)

    def __rmul__(self, other: Any) -> Any:
        return _operator("Mul", other, self)

    def __rtruediv__(self, other: Any) -> Any:
        return _operator("Div", other, self)

    def __rfloordiv__(self, other: Any) -> Any:
        return _operator("FloorDiv", other, self)

    def __rmod__(self, other: Any) -> Any:
        return _operator("Mod", other, self)

    def __rpow__(self, other: Any) -> Any:
        return _operator("Pow", other, self)

    def __rand__(self, other: Any) -> Any:
        return _operator("And", other, self)

    def __gt__(self, other: Any) -> Any:
        return _operator("GreaterThan", self, other)

    def __ge__(self, other: Any) -> Any:
        return _operator("GreaterThanOrEqual", self, other)

    def __lt__(self, other: Any) -> Any:
        return _operator("LessThan", self, other)

    def __le__(self, other: Any) -> Any:
        return _operator("LessThanOrEqual", self, other)


#: What is set by ``Task.__init__``.
_ATTRIBUTES = frozenset(Task.__init__.__code__.co_varnames[1 : Task.__init__.__code__.co_argcount])


def _note_written(task: Task, copied: Task | None = None) -> None:
    """Notes a task that is written in a flow's block, which warns of those that do not become part of it. One that was copied is
    used by that."""
    written: set[Task] | None = context.get("tasks_written")
    if written is not None:
        written.discard(copied)
        written.add(task)


def _operator(kind: str, *operands: Any) -> Any:
    from castra.tasks.core import operators

    return getattr(operators, kind)().bind(*operands)


def _flow_of(flow: Flow | None, doing: str) -> Flow:
    flow = flow if flow is not None else context.get("flow")
    if flow is None:
        raise ValueError(
            f"there is no flow while {doing}: do so within `with Flow(...)`, or call the task's `run(...)` to have it do its "
            "work here and now"
        )
    return flow


def _exceptions(retry_on: Any) -> set[type[Exception]] | None:
    if not retry_on:
        return None
    exceptions = set(retry_on) if isinstance(retry_on, Iterable) else {retry_on}
    for exception in exceptions:
        if not (isinstance(exception, type) and issubclass(exception, Exception)):
            raise TypeError(f"`retry_on` takes types of exceptions, not {exception!r}")
    return exceptions


def _defaults() -> Config:
    """What tasks do that do not say it, by the settings."""
    from castra.configuration import config

    defaults: Config = config.tasks.defaults
    return defaults


def _delay(setting: Any) -> timedelta | None:
    """A delay as settings hold it: in seconds."""
    return setting if setting is None or isinstance(setting, timedelta) else timedelta(seconds=setting)


def _seconds(timeout: int | timedelta | None) -> int | None:
    if timeout is None:
        return None
    if isinstance(timeout, timedelta):
        if timeout.microseconds:
            warnings.warn("a timeout is in whole seconds, and this one is rounded up", stacklevel=4)
        return -(-timeout // timedelta(seconds=1))
    if isinstance(timeout, bool) or not isinstance(timeout, int):
        raise TypeError(f"a timeout is a whole number of seconds or a timedelta, not {timeout!r}")
    return timeout


def _handlers(state_handlers: Any, on_failure: Any) -> list[Callable[..., Any]]:
    if state_handlers is not None and (
        isinstance(state_handlers, str) or not isinstance(state_handlers, Iterable)
    ):
        raise TypeError("`state_handlers` has to be a list of functions")
    handlers = list(state_handlers or ())
    if on_failure is not None:

        def failed(subject: Any, _old: Any, new: Any) -> None:
            if new.is_failed():
                on_failure(subject, new)

        handlers.append(failed)
    return handlers
