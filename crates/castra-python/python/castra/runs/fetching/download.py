"""One file over HTTP, or an answer in JSON."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

from castra.runs.fetching.files import save

#: How long an answer is waited for, in seconds.
_PATIENCE = 60


def download(url: str, headers: Mapping[str, str], place: str, folder: str) -> str:
    """Gets a file into the folder, under its own name, and gives its path.

    Raises ``ValueError`` if the server does not give it.
    """
    return save(_read(url, headers, place), place, folder)


def read_json(url: str, headers: Mapping[str, str]) -> Any:
    """The answer of a server.

    Raises ``ValueError`` if it gives none, or none in JSON.
    """
    return json.loads(_read(url, headers, "the answer"))


def _read(url: str, headers: Mapping[str, str], what: str) -> bytes:
    try:
        request = urllib.request.Request(url, headers=dict(headers))
        with urllib.request.urlopen(request, timeout=_PATIENCE) as answer:
            content: bytes = answer.read()
    except (OSError, ValueError) as error:
        raise ValueError(f"{what} could not be fetched from {url}: {error}") from None
    return content
