"""One file over HTTP."""

from __future__ import annotations

import os
import urllib.error
import urllib.request
from collections.abc import Mapping

#: How long an answer is waited for, in seconds.
_PATIENCE = 60


def download(url: str, headers: Mapping[str, str], place: str, folder: str) -> str:
    """Gets a file into the folder, under its own name, and gives its path.

    Raises ``ValueError`` if the server does not give it.
    """
    path = os.path.join(folder, os.path.basename(place))
    request = urllib.request.Request(url, headers=dict(headers))
    try:
        with urllib.request.urlopen(request, timeout=_PATIENCE) as answer, open(path, "wb") as file:
            file.write(answer.read())
    except (urllib.error.URLError, ValueError) as error:
        raise ValueError(f"{place} could not be fetched from {url}: {error}") from None
    return path
