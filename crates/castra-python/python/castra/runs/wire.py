"""Tasks in the form in which they are registered (prefect 1.4.1 ``TaskSchema``), which is also what the engine reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from castra import triggers
from castra.core.parameter import Parameter
from castra.core.signature import inputs_of, types_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from castra.core.edge import Edge
    from castra.core.task import Task

#: How ``typing.Any`` is written, which stands for the types that are not told.
_ANY = "typing.Any"
#: The triggers that the engine knows.
_KNOWN = (
    triggers.all_finished,
    triggers.all_successful,
    triggers.all_failed,
    triggers.any_successful,
    triggers.any_failed,
    triggers.not_all_skipped,
    triggers.manual_only,
)


def wire_task(task: Task, slug: str) -> dict[str, Any]:
    """The task in its wire form."""
    return {
        "slug": slug,
        "name": task.name,
        "type": "prefect.core.parameter.Parameter" if type(task) is Parameter else type_name(type(task)),
        "tags": sorted(task.tags),
        "max_retries": task.max_retries,
        "retry_delay": None if task.retry_delay is None else task.retry_delay.total_seconds(),
        "timeout": task.timeout,
        "trigger": _trigger(task),
        "skip_on_upstream_skip": task.skip_on_upstream_skip,
        "cache_for": None if task.cache_for is None else task.cache_for.total_seconds(),
        "cache_key": task.cache_key,
        "cache_validator": {"fn": _function_name(task.cache_validator), "kwargs": {}},
        "auto_generated": task.auto_generated,
        "inputs": {
            name: {"required": told["required"], "type": str(told["type"])}
            for name, told in inputs_of(task.run, _ANY).items()
        },
        "outputs": str(types_of(task.run).get("return", _ANY)),
    }


def wire_edge(edge: Edge, slugs: Mapping[Task, str]) -> dict[str, Any]:
    """The edge in its wire form, with the tasks' slugs in their flow."""
    return {
        "upstream_task": {"slug": slugs.get(edge.upstream_task, edge.upstream_task.slug)},
        "downstream_task": {"slug": slugs.get(edge.downstream_task, edge.downstream_task.slug)},
        "key": edge.key,
        "mapped": edge.mapped,
        "flattened": edge.flattened,
    }


def wire_parameter(parameter: Parameter, slug: str) -> dict[str, Any]:
    """The parameter in its wire form."""
    return {
        "name": parameter.name,
        "slug": slug,
        "default": parameter.default,
        "required": parameter.required,
        "tags": sorted(parameter.tags),
    }


def type_name(of: type) -> str:
    """The dotted path of a type; Castra's own have the names that Prefect 1's have."""
    module, name = of.__module__, of.__qualname__
    return f"prefect.{module.removeprefix('castra.')}.{name}" if module.startswith("castra.") else f"{module}.{name}"


def judges_itself(task: Task) -> bool:
    """Whether the task's trigger is a function that the engine does not know, or has a bound that it does not."""
    arguments = getattr(task.trigger, "arguments", {})
    return task.trigger not in _KNOWN and (arguments.get("at_least") is None or arguments.get("at_most") is not None)


def _function_name(function: Callable[..., Any]) -> str:
    """The dotted path of a function; Castra's own have the names that Prefect 1's have."""
    name = f"{function.__module__}.{getattr(function, '__qualname__', type(function).__qualname__)}"
    return f"prefect.{name.removeprefix('castra.')}" if name.startswith("castra.") else name


def _trigger(task: Task) -> dict[str, Any]:
    if task.trigger in _KNOWN or hasattr(task.trigger, "arguments"):
        name = f"prefect.triggers.{task.trigger.__name__}"
    else:
        name = _function_name(task.trigger)
    return {"fn": name, "kwargs": dict(getattr(task.trigger, "arguments", {}))}
