"""Which server is meant."""

from __future__ import annotations

import os


def server() -> str:
    """The address of the server: ``CASTRA_API``, or this machine's."""
    return os.environ.get("CASTRA_API") or "http://127.0.0.1:4200"


def server_key() -> str | None:
    """What requests are authorized with: ``CASTRA_API_KEY``."""
    return os.environ.get("CASTRA_API_KEY") or None
