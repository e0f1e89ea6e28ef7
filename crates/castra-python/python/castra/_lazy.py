"""Names of a package that are imported when they are first asked for, so that `import castra` costs next to nothing. For the same reason
nothing is imported here that Python has not imported itself.
"""

from __future__ import annotations

import sys

# What type checkers take for true; `typing` itself takes longer to import than all of Castra.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any


def lazy(package: str, names: Mapping[str, str]) -> Callable[[str], Any]:
    """The `__getattr__` of a package: `names` says which module defines a name; any other name may be a module of the package, as
    if it had been imported (`castra.engine.signals`)."""

    def find(name: str) -> Any:
        found = getattr(_imported(names[name]), name) if name in names else _submodule(package, name)
        setattr(sys.modules[package], name, found)
        return found

    return find


def _submodule(package: str, name: str) -> Any:
    """The module of a package; `AttributeError` if there is none."""
    full_name = f"{package}.{name}"
    try:
        return _imported(full_name)
    except ModuleNotFoundError as error:
        if error.name != full_name:
            raise
        raise AttributeError(f"module {package!r} has no attribute {name!r}") from None


def _imported(module: str) -> Any:
    __import__(module)
    return sys.modules[module]
