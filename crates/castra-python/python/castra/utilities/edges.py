"""How a task takes what another one gives, said where it is given: item by item, flattened, or the same for every item."""

from __future__ import annotations

from typing import Any


class EdgeAnnotation:
    """A value with a word on how it is taken."""

    def __init__(self, value: Any):
        self.value = value

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.value!r})"


class unmapped(EdgeAnnotation):  # noqa: N801
    """In a mapping, the same value for every item."""


class mapped(EdgeAnnotation):  # noqa: N801
    """Item by item, without calling ``map``."""


class flatten(EdgeAnnotation):  # noqa: N801
    """In a mapping, the items of the lists in the value, one after the other."""
