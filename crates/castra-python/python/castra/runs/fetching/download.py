"""One file over HTTP, or an answer in JSON."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Mapping

from castra.runs.fetching.files import save

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

#: How long an answer is waited for, in seconds.
_PATIENCE = 60

#: What a server answers that is asked too often, or is busy.
_LATER = (429, 502, 503, 504)

#: How long is waited before it is asked again, in seconds.
PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0)


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
    pauses = iter(PAUSES)
    while True:
        try:
            return _answer(url, headers)
        except (OSError, ValueError) as error:
            pause = next(pauses, None) if getattr(error, "code", None) in _LATER else None
            if pause is None:
                raise ValueError(f"{what} could not be fetched from {url}: {error}") from None
            time.sleep(pause)


def _answer(url: str, headers: Mapping[str, str]) -> bytes:
    request = urllib.request.Request(url, headers=dict(headers))
    with urllib.request.urlopen(request, timeout=_PATIENCE) as answer:
        content: bytes = answer.read()
    return content
