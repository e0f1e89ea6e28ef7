"""Loading a flow again when a run of it starts, from where it was registered."""

from __future__ import annotations

import importlib
import os
import sys
import types
from collections.abc import Mapping
from typing import Any

from castra.core.flow import Flow
from castra.utilities.context import context


def load(storage: Mapping[str, Any], name: str) -> Flow:
    """The flow of this name, from storage in its wire form.

    Raises ``ValueError`` for a storage that code is not loaded from, or that does not have the flow.
    """
    if storage.get("prefect_is_castra"):
        import castra.prefect  # noqa: F401
    kind = storage.get("type")
    place = (storage.get("flows") or {}).get(name)
    if kind == "Module":
        return _named(_flows(vars(importlib.import_module(str(storage["module"])))), name, str(storage["module"]))
    if kind in ("Local", "Docker"):
        place = place or storage.get("path")
        if not place:
            raise ValueError(f"{kind} storage does not say where the flow {name!r} is: register it again")
        return _from_file(str(place), name, bool(storage.get("stored_as_script")))
    raise ValueError(f"flows are not loaded from {kind} storage: use Local, Module or Docker storage")


def flows_of(path: str) -> dict[str, Flow]:
    """The flows that stand at the top level of a Python file, by name. It is run as any file is, but not as ``__main__``;
    ``flow.run`` and ``flow.register`` in it do nothing.

    Raises whatever the file raises, ``FileNotFoundError`` if there is none.
    """
    path = os.path.abspath(path)
    module = types.ModuleType("castra_flow_file")
    module.__file__ = path
    with open(path, "rb") as file:
        code = compile(file.read(), path, "exec")
    # What the file imports from beside it is found, and what it defines can be pickled by name.
    sys.path.insert(0, os.path.dirname(path))
    sys.modules[module.__name__] = module
    with context(loading_flow=True, flow=None):
        exec(code, vars(module))
    flows = _flows(vars(module))
    for flow in flows.values():
        flow._file = path
    return flows


def _from_file(path: str, name: str, stored_as_script: bool) -> Flow:
    if stored_as_script or path.endswith(".py"):
        return _named(flows_of(path), name, path)
    from castra.runs import pickled

    return pickled.load(path)


def _flows(values: Mapping[str, Any]) -> dict[str, Flow]:
    return {value.name: value for value in list(values.values()) if isinstance(value, Flow)}


def _named(flows: Mapping[str, Flow], name: str, where: str) -> Flow:
    if name not in flows:
        known = ", ".join(map(repr, flows)) or "none"
        raise ValueError(f"{where} has no flow {name!r} at its top level; it has {known}")
    return flows[name]
