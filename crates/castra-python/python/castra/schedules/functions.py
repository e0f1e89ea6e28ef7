"""What filters and adjustments have in common: they travel as the name of a function of Prefect 1 and its arguments."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any


class Function:
    """A function of `prefect.schedules`, with its arguments."""

    _module: str

    def __init__(self, name: str, **arguments: Any) -> None:
        self._name = name
        self._arguments = arguments

    def serialize(self) -> dict[str, Any]:
        """The form in which it is registered."""
        arguments = {name: _written(value) for name, value in self._arguments.items()}
        return {"fn": f"prefect.schedules.{self._module}.{self._name}", "kwargs": arguments}

    def __eq__(self, other: object) -> bool:
        return self.serialize() == other.serialize() if isinstance(other, Function) else NotImplemented

    def __repr__(self) -> str:
        arguments = ", ".join(f"{name}={value!r}" for name, value in self._arguments.items())
        return f"{self._module}.{self._name}({arguments})" if arguments else f"{self._module}.{self._name}"


def _written(value: Any) -> Any:
    if isinstance(value, datetime):
        return f"//datetime:{value.isoformat()}"
    if isinstance(value, time):
        return f"//time:{value.isoformat()}"
    if isinstance(value, timedelta):
        return f"//timedelta:{value.total_seconds()}"
    return value
