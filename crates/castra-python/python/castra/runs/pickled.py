"""Flows in files that Python's ``cloudpickle`` wrote: for those that stand in no file, as in a notebook."""

from __future__ import annotations

import copy
import importlib
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from castra.core.flow import Flow

#: The name of the module that a Python file with flows is while it is loaded.
FLOW_FILE = "castra_flow_file"


def dump(flow: Flow, place: str, exactly: bool = False) -> str:
    """Writes the flow into a folder under a name that its content decides, or into this file exactly, and gives the path.

    Raises ``ModuleNotFoundError`` if ``cloudpickle`` is not installed.
    """
    import hashlib

    from castra.runs.names import slug

    content = dumps(flow)
    if not exactly:
        place = os.path.join(place, f"{slug(flow.name)}-{hashlib.sha256(content).hexdigest()[:16]}.pickle")
    os.makedirs(os.path.dirname(place) or ".", exist_ok=True)
    partial = f"{place}.{os.getpid()}"
    with open(partial, "wb") as file:
        file.write(content)
    os.replace(partial, place)
    return os.path.abspath(place)


def dumps(flow: Flow) -> bytes:
    """The flow as bytes, with what the file defines that it was loaded from: nobody can import that. Where it is stored is not part of it:
    that would change with every upload, and may hold other flows.

    Raises ``ModuleNotFoundError`` if ``cloudpickle`` is not installed.
    """
    flow = copy.copy(flow)
    flow.storage = None
    pickle, loaded = cloudpickle(), sys.modules.get(FLOW_FILE)
    if loaded is not None:
        pickle.register_pickle_by_value(loaded)
    try:
        content: bytes = pickle.dumps(flow)
    finally:
        if loaded is not None:
            pickle.unregister_pickle_by_value(loaded)
    return content


def load(path: str) -> Flow:
    """Reads the flow out of a file.

    Raises ``ModuleNotFoundError`` if ``cloudpickle``, or a module that the flow needs, is not installed.
    """
    with open(path, "rb") as file:
        flow: Flow = cloudpickle().loads(file.read())
    return flow


def cloudpickle() -> Any:
    """The module.

    Raises ``ModuleNotFoundError`` if it is not installed.
    """
    try:
        return importlib.import_module("cloudpickle")
    except ModuleNotFoundError:
        raise ModuleNotFoundError(
            "flows that stand in no Python file, and results, are pickled, which needs `cloudpickle`: install it, or write the "
            "flow at the top level of a file"
        ) from None
