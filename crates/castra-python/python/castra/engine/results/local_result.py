"""Results in files of this machine."""

from __future__ import annotations

import os
from collections.abc import Callable

from castra.engine.results.stored import StoredResult
from castra.engine.serializers import Serializer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class LocalResult(StoredResult):
    """A result in a file below ``dir``, which is ``results`` in ``CASTRA_HOME`` (``~/.castra``) unless given."""

    _type = "LocalResult"
    _fields = ("dir",)

    def __init__(
        self,
        dir: str | os.PathLike[str] | None = None,
        validate_dir: bool = True,
        value: Any = None,
        location: str | Callable[..., str] | None = None,
        serializer: Serializer | None = None,
    ):
        folder = os.fspath(dir) if dir else os.path.join(os.environ.get("CASTRA_HOME") or "~/.castra", "results")
        self.dir = os.path.abspath(os.path.expanduser(folder)) if validate_dir else folder
        super().__init__(value=value, location=location, serializer=serializer)

    def _is_there(self, location: str) -> bool:
        return os.path.exists(os.path.join(self.dir, location))

    def _read_bytes(self, location: str) -> bytes:
        with open(os.path.join(self.dir, location), "rb") as file:
            return file.read()

    def _write_bytes(self, location: str, content: bytes) -> str:
        path = os.path.join(self.dir, location)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        # Whoever looks for it meanwhile finds all of it, or nothing.
        partial = f"{path}.{os.getpid()}"
        with open(partial, "wb") as file:
            file.write(content)
        os.replace(partial, path)
        return path
