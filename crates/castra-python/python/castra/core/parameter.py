"""Parameters: values that a run of a flow is given."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timezone

from castra import times
from castra.core.task import Task
from castra.utilities.context import context

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from castra.core.flow import Flow

#: In place of a default: there is none.
no_default: Any = object()


class Parameter(Task):
    """A value that a run is given, or ``default``; without a default a run must give it, unless ``required=False``."""

    is_done_here = True

    def __init__(
        self,
        name: str,
        default: Any = no_default,
        required: bool | None = None,
        tags: Iterable[str] | None = None,
    ):
        if default is no_default:
            default, required = None, True if required is None else required
        self.required = bool(required)
        self.default = default
        super().__init__(name=name, slug=name, tags=tags)

    def __repr__(self) -> str:
        return f"<Parameter: {self.name}>"

    def __call__(self, flow: Flow | None = None) -> Parameter:  # type: ignore[override]
        """Adds it to a flow."""
        self.bind(flow=flow)
        return self

    def copy(self, name: str, **task_args: Any) -> Task:  # type: ignore[override]
        """A parameter of another name."""
        return super().copy(name=name, slug=name, **task_args)

    def serialize(self) -> dict[str, Any]:
        """The form in which it is registered."""
        from castra.runs.wire import wire_parameter

        return wire_parameter(self, self.slug or self.name)

    # Without a type, like `Constant.run`: it is registered, and to look it up takes `typing`.
    def run(self):  # type: ignore[no-untyped-def]
        return self._value()

    def _value(self) -> Any:
        parameters = context.get("parameters") or {}
        if self.required and self.name not in parameters:
            from castra.engine.signals import FAIL

            raise FAIL(f"the run has no value for the parameter {self.name!r}, which has no default")
        return parameters.get(self.name, self.default)


class DateTimeParameter(Parameter):
    """A parameter that is a time: texts in ISO 8601 are read, and what has no zone is in UTC."""

    def _value(self) -> Any:
        value = super()._value()
        if value is None:
            return None
        if isinstance(value, str):
            value = datetime.fromisoformat(value.removesuffix("Z") + "+00:00" if value.endswith("Z") else value)
        return times.told(value if value.tzinfo else value.replace(tzinfo=timezone.utc))
