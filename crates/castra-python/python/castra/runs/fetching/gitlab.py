"""From a GitLab repository, by GitLab's API."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlencode

from castra.client.secrets import access
from castra.runs.fetching.download import download

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def fetch(storage: Mapping[str, Any], place: str, folder: str) -> str:
    """Gets the file, with the access token of the storage or of ``GITLAB_ACCESS_TOKEN``, a secret or an environment variable, if there
    is one; without ``ref``, that of the branch ``master``, as in Prefect 1.

    Raises ``ValueError`` if GitLab does not give it.
    """
    base = (storage.get("host") or "https://gitlab.com").rstrip("/")
    token = access(storage.get("access_token_secret"), "GITLAB_ACCESS_TOKEN")
    headers = {"PRIVATE-TOKEN": token} if token else {}
    file = f"projects/{quote(storage['repo'], safe='')}/repository/files/{quote(place, safe='')}/raw"
    return download(f"{base}/api/v4/{file}?{urlencode({'ref': storage.get('ref') or 'master'})}", headers, place, folder)
