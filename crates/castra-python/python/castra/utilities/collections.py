"""Dicts whose values are also attributes, and dicts within dicts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    _Dict = TypeVar("_Dict", bound="DotDict")


class DotDict(MutableMapping[str, "Any"]):
    """A dict whose values are also its attributes: ``settings.level`` is ``settings["level"]``. Methods keep their names."""

    __slots__ = ("_values",)
    _values: dict[str, Any]

    def __init__(self, *given: Any, **values: Any):
        object.__setattr__(self, "_values", {})
        self.update(*given, **values)

    def __getitem__(self, key: str) -> Any:
        return self._values[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self._values[key] = value

    def __delitem__(self, key: str) -> None:
        del self._values[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __getattr__(self, name: str) -> Any:
        # `_values` is not there yet while a copy is made.
        if name != "_values" and name in self._values:
            return self._values[name]
        raise AttributeError(f"there is no `{name}`: there is {', '.join(self._values) or 'nothing'}")

    def __setattr__(self, name: str, value: Any) -> None:
        self._values[name] = value

    def __delattr__(self, name: str) -> None:
        if self._values.pop(name, self) is self:
            raise AttributeError(f"there is no `{name}`")

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (dict(self._values),)

    def copy(self) -> DotDict:
        """A dict of the same values."""
        return type(self)(self)

    def to_dict(self) -> dict[str, Any]:
        """A plain dict, with plain dicts in it."""
        return {key: value.to_dict() if isinstance(value, DotDict) else value for key, value in self.items()}

    def __repr__(self) -> str:
        # Values may be secrets.
        return f"<{type(self).__name__}: {', '.join(self)}>"


def merged(one: _Dict, over: Mapping[str, Any]) -> _Dict:
    """Both, where ``over`` counts; dicts in both are merged in turn."""
    result = type(one)(one)
    for key, value in over.items():
        if isinstance(value, Mapping):
            below = result.get(key)
            value = merged(below if isinstance(below, type(one)) else type(one)(), value)
        result[key] = value
    return result
