"""Files of flows that are ready to be registered: what ``castra build`` writes and ``castra register --json`` reads, in the form of Prefect 1's
command of that name."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

#: The version of the form.
_VERSION = 1


def write(path: str, flows: Iterable[Mapping[str, Any]], update: bool) -> None:
    """Writes the flows, in the form in which they are registered; with ``update``, beside those of other names that are there.

    Raises ``OSError`` if the file cannot be written, ``ValueError`` if what is there is no such file.
    """
    kept = _read(path) if update and os.path.exists(path) else []
    by_name = {flow["name"]: flow for flow in (*kept, *flows)}
    written = json.dumps({"version": _VERSION, "flows": [by_name[name] for name in sorted(by_name)]}, sort_keys=True)
    # Whoever reads it meanwhile finds all of it, or what was there.
    partial = f"{path}.{os.getpid()}"
    with open(partial, "w", encoding="utf-8") as file:
        file.write(written)
    os.replace(partial, path)


def _read(path: str) -> list[Mapping[str, Any]]:
    with open(path, encoding="utf-8") as file:
        try:
            found = json.load(file)
        except ValueError as error:
            raise ValueError(f"{path} is to be updated, but is no JSON: {error}") from None
    if not isinstance(found, dict) or found.get("version") != _VERSION or not isinstance(found.get("flows"), list):
        raise ValueError(f"{path} is to be updated, but is no file of flows that `castra build` has written")
    return list(found["flows"])
