"""Loading a flow again when a run of it starts, from where it was registered."""

from __future__ import annotations

import importlib
import os
import sys
import types
from collections.abc import Mapping

from castra.core.flow import Flow
from castra.runs.pickled import FLOW_FILE
from castra.utilities.context import context

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

#: Storages whose files are fetched first, and the modules that do it.
_FETCHED = {
    "Azure": "castra.runs.fetching.azure",
    "Bitbucket": "castra.runs.fetching.bitbucket",
    "CodeCommit": "castra.runs.fetching.codecommit",
    "GCS": "castra.runs.fetching.gcs",
    "Git": "castra.runs.fetching.git",
    "GitHub": "castra.runs.fetching.github",
    "GitLab": "castra.runs.fetching.gitlab",
    "S3": "castra.runs.fetching.s3",
    "Webhook": "castra.runs.fetching.webhook",
}
#: Those of them that may hold pickled flows.
_MAY_BE_PICKLED = {"Azure", "GCS", "S3", "Webhook"}

#: Folders with fetched files, for as long as the flow runs: it may import what lies beside its file.
_folders: list[str] = []


def remove_fetched() -> None:
    """Removes what was fetched."""
    while _folders:
        import shutil

        shutil.rmtree(_folders.pop(), ignore_errors=True)


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
    if kind in _FETCHED:
        if not place:
            raise ValueError(f"{kind} storage does not say where the flow {name!r} is: register it again")
        is_script = kind not in _MAY_BE_PICKLED or bool(storage.get("stored_as_script"))
        return _from_file(_fetched(str(kind), storage, str(place)), name, is_script)
    raise ValueError(f"flows in Python are not kept in {kind} storage, as {name!r} is said to be: register it again")


def _fetched(kind: str, storage: Mapping[str, Any], place: str) -> str:
    """The path of the flow's file, which is fetched into a folder of its own."""
    import tempfile

    folder = tempfile.mkdtemp(prefix="castra-flow-")
    _folders.append(folder)
    path: str = importlib.import_module(_FETCHED[kind]).fetch(storage, place, folder)
    return path


def flows_of(path: str) -> dict[str, Flow]:
    """The flows that stand at the top level of a Python file, by name. It is run as any file is, but not as ``__main__``;
    ``flow.register`` in it does nothing, and ``flow.run`` is refused.

    Raises whatever the file raises, ``ValueError`` if it ends the process, ``FileNotFoundError`` if there is none.
    """
    path = os.path.abspath(path)
    module = types.ModuleType(FLOW_FILE)
    module.__file__ = path
    with open(path, "rb") as file:
        code = compile(file.read(), path, "exec")
    # What the file imports from beside it is found, and what it defines can be pickled by name.
    sys.path.insert(0, os.path.dirname(path))
    sys.modules[module.__name__] = module
    with context(loading_flow=True, flow=None, local_script_path=path):
        try:
            exec(code, vars(module))
        except SystemExit as exit:
            raise ValueError(
                f"{path} ends the process with {exit.code!r} while its flows are looked for: move that below `if __name__ == \"__main__\":`"
            ) from exit
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
