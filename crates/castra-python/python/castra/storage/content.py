"""What is stored of a flow where it is not people who put it there."""

from __future__ import annotations

from typing import Any


def content(flow: Any, script: str | None) -> bytes:
    """The Python file, if there is one, else the flow pickled.

    Raises ``OSError`` if the file cannot be read, ``ModuleNotFoundError`` if ``cloudpickle`` is not installed.
    """
    if script is None:
        from castra.runs import pickled

        return pickled.dumps(flow)
    with open(script, "rb") as file:
        return file.read()
