"""From a GitHub repository, by GitHub's API."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlencode

from castra.client.secrets import access
from castra.runs.fetching.download import download

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def fetch(storage: Mapping[str, Any], place: str, folder: str) -> str:
    """Gets the file, with the access token of the storage or of ``GITHUB_ACCESS_TOKEN``, a secret or an environment variable, if there is one.

    Raises ``ValueError`` if GitHub does not give it.
    """
    base = (storage.get("base_url") or "https://api.github.com").rstrip("/")
    reference = f"?{urlencode({'ref': storage['ref']})}" if storage.get("ref") else ""
    headers = {"Accept": "application/vnd.github.raw", "User-Agent": "castra"}
    token = access(storage.get("access_token_secret"), "GITHUB_ACCESS_TOKEN")
    if token:
        headers["Authorization"] = f"Bearer {token}"
    return download(f"{base}/repos/{storage['repo']}/contents/{quote(place)}{reference}", headers, place, folder)
