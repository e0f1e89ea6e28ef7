"""The context: what code may know about the run it is part of. Each thread and coroutine has its own."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

class Later:
    """A value that is made when it is first asked for."""

    __slots__ = ("make",)

    def __init__(self, make: Callable[[], Any]):
        self.make = make


_VALUES: ContextVar[dict[str, Any]] = ContextVar("castra_context")


class Context(MutableMapping[str, "Any"]):
    """Values by name, also as attributes; ``with context(name=value):`` adds some for a while."""

    __slots__ = ()

    def _values(self) -> dict[str, Any]:
        try:
            return _VALUES.get()
        except LookupError:
            values: dict[str, Any] = {}
            _VALUES.set(values)
            return values

    def __getitem__(self, name: str) -> Any:
        values = self._values()
        if name == "config" and name not in values:
            from castra.configuration import config

            return config
        value = values[name]
        if isinstance(value, Later):
            value = values[name] = value.make()
        return _told(value)

    def __setitem__(self, name: str, value: Any) -> None:
        self._values()[name] = value

    def __delitem__(self, name: str) -> None:
        del self._values()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values())

    def __len__(self) -> int:
        return len(self._values())

    def __contains__(self, name: object) -> bool:
        return name in self._values()

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"the context has no `{name}`: it has {', '.join(self) or 'nothing'}") from None

    def __setattr__(self, name: str, value: Any) -> None:
        self._values()[name] = value

    def __delattr__(self, name: str) -> None:
        try:
            del self._values()[name]
        except KeyError:
            raise AttributeError(f"the context has no `{name}`") from None

    @contextmanager
    def __call__(self, *mappings: Any, **values: Any) -> Iterator[Context]:
        added: dict[str, Any] = dict(self._values())
        for mapping in (*mappings, values):
            added.update(mapping)
            if "config" in mapping:
                from castra.utilities.collections import merged

                added["config"] = merged(self["config"], mapping["config"])
        token = _VALUES.set(added)
        try:
            yield self
        finally:
            _VALUES.reset(token)

    def __repr__(self) -> str:
        return f"<Context: {', '.join(self)}>"

    def to_dict(self) -> dict[str, Any]:
        """The values, as a copy."""
        return dict(self)


def _told(value: Any) -> Any:
    if "castra.prefect" not in sys.modules:
        return value
    from castra import times

    return times.told(value)


#: The context of the calling code.
context = Context()
