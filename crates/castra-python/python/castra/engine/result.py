"""The result in a state: a value of this process, and where it is stored, if it is."""

from __future__ import annotations

from castra import _castra

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Result:
    """What a task returned.

    Args:
        value: the value itself; lost when the state is serialized.
        location: where the value is stored, if it is; travels with the state.
    """

    _type = "Result"

    def __init__(self, value: Any = None, location: str | None = None) -> None:
        self.value = value
        self.location = location

    def read(self, location: str) -> Result:
        """The result that is stored at a location, with its value.

        Raises:
            NotImplementedError: this type of result is stored nowhere; those of `castra.engine.results` are.
        """
        raise NotImplementedError(f"a {type(self).__name__} is not stored anywhere: use one of castra.engine.results")

    def serialize(self) -> dict[str, Any]:
        """The form in which it is reported: the location, never the value."""
        return {"type": self._type, "location": self.location, "__version__": _castra.SERIALIZATION_VERSION}

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Result):
            return NotImplemented
        return type(self) is type(other) and self.value == other.value and self.location == other.location

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.value!r}>"


class NoResultType(Result):
    """That there is no result: the task has not run, or returned `None`. There is one of it, `NoResult`."""

    _type = "NoResultType"

    def __init__(self) -> None:
        super().__init__()

    def serialize(self) -> dict[str, Any]:
        """The form in which it is reported."""
        return {"type": self._type, "__version__": _castra.SERIALIZATION_VERSION}

    def __repr__(self) -> str:
        return "NoResult"

    def __reduce__(self) -> str:
        return "NoResult"


NoResult = NoResultType()


def deserialize(document: dict[str, Any] | None) -> Result:
    """Reads what `serialize` wrote; results of any other type have a location alone."""
    if document is None or document.get("type") == NoResultType._type:
        return NoResult
    return Result(location=document.get("location"))
