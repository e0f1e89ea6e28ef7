"""How the values of results become bytes, and bytes values again."""

from __future__ import annotations

import json
from typing import Any

from castra.runs.pickled import cloudpickle


class Serializer:
    """Subclasses write ``serialize`` and ``deserialize``."""

    def serialize(self, value: Any) -> bytes:
        """The bytes of a value."""
        raise NotImplementedError

    def deserialize(self, value: bytes) -> Any:
        """The value of bytes that ``serialize`` gave."""
        raise NotImplementedError

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    __hash__ = None  # type: ignore[assignment]


class PickleSerializer(Serializer):
    """As Python's ``cloudpickle`` writes it.

    Raises ``ModuleNotFoundError`` if it is not installed.
    """

    def serialize(self, value: Any) -> bytes:
        content: bytes = cloudpickle().dumps(value)
        return content

    def deserialize(self, value: bytes) -> Any:
        return cloudpickle().loads(value)


class JSONSerializer(Serializer):
    """As JSON.

    Raises ``TypeError`` for a value without JSON.
    """

    def serialize(self, value: Any) -> bytes:
        return json.dumps(value).encode()

    def deserialize(self, value: bytes) -> Any:
        return json.loads(value)
