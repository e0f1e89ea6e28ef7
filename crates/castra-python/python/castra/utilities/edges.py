"""How a task takes what another one gives, said where it is given: item by item, flattened, or the same for every item."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, ClassVar



class EdgeAnnotation:
    """A value with a word on how it is taken. Of words about the same thing, the inner one counts."""

    _says: ClassVar[dict[str, bool]] = {}

    def __init__(self, value: Any):
        inner = value.annotations if isinstance(value, EdgeAnnotation) else {}
        self.annotations: dict[str, bool] = {**self._says, **inner}
        self.value: Any = value.value if isinstance(value, EdgeAnnotation) else value

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.value!r})"


class unmapped(EdgeAnnotation):  # noqa: N801
    """In a mapping, the same value for every item."""

    _says = {"mapped": False}


class mapped(EdgeAnnotation):  # noqa: N801
    """Item by item, without calling ``map``."""

    _says = {"mapped": True}


class flatten(EdgeAnnotation):  # noqa: N801
    """One list of the items of the lists in the value; in a mapping, these items one by one."""

    _says = {"flattened": True}
