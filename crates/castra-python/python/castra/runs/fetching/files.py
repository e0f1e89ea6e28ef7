"""The file of a flow, wherever its content came from."""

from __future__ import annotations

import os


def save(content: bytes, place: str, folder: str) -> str:
    """Writes the content into the folder, under its own name, and gives the path."""
    path = os.path.join(folder, os.path.basename(place))
    with open(path, "wb") as file:
        file.write(content)
    return path
