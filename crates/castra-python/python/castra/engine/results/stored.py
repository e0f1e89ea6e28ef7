"""What all results have in common that are stored somewhere: where, and in what form."""

from __future__ import annotations

import copy
import uuid
from collections.abc import Callable

from castra.engine.result import Result
from castra.engine.serializers import PickleSerializer, Serializer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, ClassVar


class StoredResult(Result):
    """A result that is stored at ``location``: a text in which ``{name}`` stands for a value of the context, a parameter or an
    argument of the task, or a function of these that gives the text."""

    #: The fields that travel beside the location.
    _fields: ClassVar[tuple[str, ...]] = ()

    def __init__(
        self,
        value: Any = None,
        location: str | Callable[..., str] | None = None,
        serializer: Serializer | None = None,
    ):
        super().__init__(value, None)
        self.serializer = serializer or PickleSerializer()
        self.template = location
        self.location = location if isinstance(location, str) else None

    def copy(self) -> Any:
        """Another one of the same."""
        return copy.copy(self)

    def format(self, **values: Any) -> Any:
        """The same with a location in which names are filled in; without a location, one that nothing else has.

        Raises ``KeyError`` for a name that has no value.
        """
        new = self.copy()
        if callable(self.template):
            new.location = self.template(**values)
        elif self.template is None:
            new.location = f"castra-result-{uuid.uuid4().hex}"
        else:
            new.location = self.template.format(**values)
        return new

    def read(self, location: str) -> Any:
        """The result at a location, with its value."""
        new = self.copy()
        new.location = location
        new.value = self.serializer.deserialize(self._read_bytes(location))
        return new

    def write(self, value_: Any, **kwargs: Any) -> Any:
        """Stores a value, and gives the result with its location."""
        new = self.format(**kwargs)
        new.value = value_
        new.location = self._write_bytes(new.location, self.serializer.serialize(value_))
        return new

    def serialize(self) -> dict[str, Any]:
        """The form in which it is reported: where it is stored, never the value."""
        return {**super().serialize(), **{name: getattr(self, name) for name in self._fields}}

    def exists(self, location: str, **kwargs: Any) -> bool:
        """Whether there is a result at a location, in which names are filled in if there are values for them."""
        return self._is_there(location.format(**kwargs) if kwargs else location)

    def _is_there(self, location: str) -> bool:
        raise NotImplementedError

    def _read_bytes(self, location: str) -> bytes:
        raise NotImplementedError

    def _write_bytes(self, location: str, content: bytes) -> str:
        raise NotImplementedError
