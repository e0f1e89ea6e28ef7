"""`import castra.prefect` lets `prefect` mean Castra in this process: `from prefect import Flow` then is `from castra import Flow`, and
`prefect.run_configs` is `castra.run_configs`, so that flows written for Prefect 1 run as they stand.

It comes before anything that imports `prefect`, and the real package is not looked at, installed or not.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

import castra

_THEIRS, _OURS = "prefect", "castra"


class _Finder(MetaPathFinder):
    """Finds `prefect` and what is in it as the modules of Castra with the same names."""

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name != _THEIRS and not name.startswith(f"{_THEIRS}."):
            return None
        ours = _OURS + name[len(_THEIRS) :]
        if importlib.util.find_spec(ours) is None:
            raise ModuleNotFoundError(f"No module named {name!r}: `prefect` means Castra here, which has no {ours!r}", name=name)
        return ModuleSpec(name, _Loader(ours))


class _Loader(Loader):
    """Gives a module of Castra for one of Prefect."""

    def __init__(self, ours: str) -> None:
        self._ours = ours

    def create_module(self, spec: ModuleSpec) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        # The import system goes on with what it finds here.
        sys.modules[module.__name__] = importlib.import_module(self._ours)


def _stand_in() -> None:
    present = sys.modules.get(_THEIRS)
    if present is not None and present is not castra:
        raise ImportError(
            f"the real prefect is imported already, from {getattr(present, '__file__', 'somewhere')}: put `import castra.prefect` "
            "before the first import of prefect, or do not use it",
            name=_THEIRS,
        )
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


_stand_in()
