"""Results that stay where they were made, on a cluster: they are fetched when this process needs them."""

from __future__ import annotations

from castra import _castra

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Held(_castra.Held):
    """A result that stays where it was made. The engine takes it for the result itself."""

    def here(self) -> Any:
        """The result in this process.

        Raises ``RuntimeError`` if it is lost.
        """
        raise NotImplementedError


def here(value: Any) -> Any:
    """The value in this process, if it, or what is in a list, is held elsewhere.

    Raises ``RuntimeError`` if it is lost.
    """
    if isinstance(value, Held):
        return value.here()
    if type(value) is list and any(isinstance(one, Held) for one in value):
        return [here(one) for one in value]
    return value
