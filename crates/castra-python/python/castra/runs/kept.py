"""Results that are kept: stored where the task or its flow says, and not made again while they hold."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timezone

from castra.core.parameter import Parameter
from castra.engine.result import Result
from castra.engine.state import Cached
from castra.tasks.core.constants import Constant
from castra.utilities.context import context

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from castra.core.flow import Flow
    from castra.core.task import Task

#: What ``cache_for`` keeps, in this process, by cache key.
_KEPT: defaultdict[str, list[Cached]] = defaultdict(list)


def where(flow: Flow, task: Task) -> Any:
    """Where a task's results are stored: where it says, else where its flow or that one's storage says; at its target, if it has one."""
    if isinstance(task, (Parameter, Constant)):
        return None
    stored = task.result if task.result is not None else flow.result
    if stored is None and flow.storage is not None:
        stored = flow.storage.result
        if stored is None and task.target:
            stored = flow.storage.result_of_targets
    if stored is None:
        if task.target:
            task.logger.warning("Nothing is looked for at the target: say with `result` of the task or its flow where results are stored")
        return None
    if task.target:
        stored = stored.copy()
        stored.template = task.target
    return stored


def found(task: Task, stored: Any, arguments: dict[str, Any]) -> Cached | None:
    """The result of an earlier run, if one is at the task's target or in the cache and still holds."""
    if task.target and stored is not None:
        location = stored.format(**_values(arguments)).location
        if stored.exists(location):
            return Cached(f"The result is there already, at {location}", result=stored.read(location))
    return cached(task, arguments)


def cached(task: Task, arguments: dict[str, Any]) -> Cached | None:
    """The result of an earlier run of this process, if one is in the cache and still holds."""
    if task.cache_for is not None:
        parameters = context.get("parameters") or {}
        for kept in reversed(_KEPT[task.cache_key or task.name]):
            if task.cache_validator(kept, arguments, parameters):
                return Cached("Valid cached result found", result=kept.result)
    return None


def keep(task: Task, stored: Any, arguments: dict[str, Any], value: Any) -> Result:
    """Stores a result, and keeps it in the cache, as the task says; ``None`` is not stored. Gives it with where it is stored."""
    result = Result(value)
    if stored is not None and task.checkpoint is not False and value is not None:
        result = stored.write(value, **_values(arguments))
    keep_cached(task, arguments, value)
    return result


def keep_cached(task: Task, arguments: dict[str, Any], value: Any) -> None:
    """Keeps a result in the cache, if the task says so."""
    if task.cache_for is not None:
        kept = Cached(
            result=value,
            cached_inputs={name: Result(argument) for name, argument in arguments.items()},
            cached_parameters=context.get("parameters"),
            cached_result_expiration=datetime.now(timezone.utc) + task.cache_for,
        )
        _KEPT[task.cache_key or task.name].append(kept)


def read_again(task: Task, stored: Any, state: dict[str, Any]) -> Result | None:
    """The result of a task run that ended earlier, if it was stored and can be read; ``state`` is its state in its wire form."""
    location = (state.get("_result") or {}).get("location")
    if stored is None or location is None:
        return None
    try:
        return stored.read(location)  # type: ignore[no-any-return]
    except Exception:
        task.logger.warning("The result at %s cannot be read: the task is run again if it is needed", location, exc_info=True)
        return None


def named(name: str | Callable[..., str], arguments: dict[str, Any]) -> str:
    """The name that a task gives its run."""
    values = _values(arguments)
    return name(**values) if callable(name) else name.format(**values)


def _values(arguments: dict[str, Any]) -> dict[str, Any]:
    """What names in a location or a name stand for; the context comes before parameters, and those before arguments."""
    values = {**arguments, **(context.get("parameters") or {}), **context.to_dict(), "config": context.config}
    # Methods that are given these have a `self` already.
    values.pop("self", None)
    return values
