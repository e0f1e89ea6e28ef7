"""Names of a package that are imported when they are first asked for, so that `import castra` costs next to nothing."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable, Mapping
from typing import Any


def lazy(package: str, names: Mapping[str, str]) -> Callable[[str], Any]:
    """The `__getattr__` of a package: `names` says which module defines a name; any other name may be a module of the package, as
    if it had been imported (`castra.engine.signals`)."""

    def find(name: str) -> Any:
        if name in names:
            found = getattr(importlib.import_module(names[name]), name)
        elif not name.startswith("_") and importlib.util.find_spec(f"{package}.{name}") is not None:
            found = importlib.import_module(f"{package}.{name}")
        else:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        setattr(sys.modules[package], name, found)
        return found

    return find
