"""Packages that only some flows need: extras of the package `castra`, imported when they are used."""

from __future__ import annotations

import importlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def needed(module: str, extra: str) -> Any:
    """The module, which comes with an extra of the package.

    Raises ``ModuleNotFoundError``, saying how to have it, if it is not installed.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"`{module}` is not installed here, and this needs it: pip install 'castra[{extra}]'", name=error.name
        ) from None
