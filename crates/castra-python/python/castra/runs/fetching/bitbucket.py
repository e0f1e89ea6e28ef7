"""From a Bitbucket repository, by Bitbucket's API: that of Bitbucket Cloud where the storage names a workspace, else that of a server."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from urllib.parse import quote, urlencode

from castra.client.secrets import access
from castra.runs.fetching.download import download, read_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

#: The API of Bitbucket Cloud.
CLOUD = "https://api.bitbucket.org"


def fetch(storage: Mapping[str, Any], place: str, folder: str) -> str:
    """Gets the file, of the branch ``master`` without ``ref``, as in Prefect 1.

    Raises ``ValueError`` if Bitbucket does not give it.
    """
    # Bitbucket's paths begin at the root of the repository, with or without a slash.
    place = place.lstrip("/")
    return _from_cloud(storage, place, folder) if storage.get("workspace") else _from_server(storage, place, folder)


def _from_server(storage: Mapping[str, Any], place: str, folder: str) -> str:
    token = access(storage.get("access_token_secret"), "BITBUCKET_ACCESS_TOKEN")
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    host = (storage.get("host") or "https://bitbucket.org").rstrip("/")
    repository = f"{host}/rest/api/1.0/projects/{quote(storage['project'], safe='~')}/repos/{quote(storage['repo'], safe='')}"
    at = urlencode({"at": storage.get("ref") or "master"})
    return download(f"{repository}/raw/{quote(place)}?{at}", headers, place, folder)


def _from_cloud(storage: Mapping[str, Any], place: str, folder: str) -> str:
    headers = _basic(
        access(storage.get("cloud_username_secret"), "BITBUCKET_CLOUD_USERNAME"),
        access(storage.get("cloud_app_password_secret"), "BITBUCKET_CLOUD_APP_PASSWORD"),
    )
    repository = f"{CLOUD}/2.0/repositories/{quote(storage['workspace'], safe='')}/{quote(storage['repo'], safe='')}"
    commit = _commit(repository, storage.get("ref") or "master", headers)
    return download(f"{repository}/src/{commit}/{quote(place)}", headers, place, folder)


def _basic(user: str | None, password: str | None) -> dict[str, str]:
    if user is None or password is None:
        return {}
    return {"Authorization": f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"}


def _commit(repository: str, reference: str, headers: Mapping[str, str]) -> str:
    """The commit that a branch or tag names: Bitbucket takes no name with a slash where it takes a commit."""
    if re.fullmatch(r"[0-9a-f]{40}", reference):
        return reference
    query = urlencode({"q": f"name = {json.dumps(reference)}"})
    found = read_json(f"{repository}/refs?{query}", headers)["values"]
    # Of a branch and a tag of one name, it is the branch.
    for each in sorted(found, key=lambda each: each["type"] != "branch"):
        return str(each["target"]["hash"])
    raise ValueError(f"{repository} has no branch or tag {reference!r}: say with `ref` which is meant")
