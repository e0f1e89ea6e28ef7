"""Hiding what may be secret where an object is shown."""

from __future__ import annotations

from collections.abc import Mapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_MASK = "********"


def masked(values: Mapping[str, Any] | None) -> dict[str, str] | None:
    """The names, with every value hidden."""
    return None if values is None else dict.fromkeys(values, _MASK)
