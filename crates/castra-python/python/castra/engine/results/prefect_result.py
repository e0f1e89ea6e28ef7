"""Results that are their own location."""

from __future__ import annotations

from castra.engine.results.stored import StoredResult
from castra.engine.serializers import DateTimeSerializer, JSONSerializer, Serializer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class PrefectResult(StoredResult):
    """A result whose location is its value as JSON, so that it is stored nowhere else; the name of the class is Prefect 1's.

    Raises ``TypeError`` for a serializer that writes no text, and when a value without JSON is written.
    """

    _type = "PrefectResult"

    def __init__(self, value: Any = None, serializer: Serializer | None = None):
        super().__init__(value=value, serializer=serializer or JSONSerializer())

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "serializer" and not isinstance(value, (JSONSerializer, DateTimeSerializer)):
            raise TypeError(f"a PrefectResult is text: its serializer is a JSONSerializer or a DateTimeSerializer, not {value!r}")
        super().__setattr__(name, value)

    def exists(self, location: str, **kwargs: Any) -> bool:
        try:
            self.serializer.deserialize(location.encode())
        except (AttributeError, TypeError, ValueError):
            return False
        return True

    def write(self, value_: Any, **kwargs: Any) -> Any:
        """Gives the result with its location."""
        new = self.copy()
        new.value, new.location = value_, self.serializer.serialize(value_).decode()
        return new

    def _read_bytes(self, location: str) -> bytes:
        return location.encode()
