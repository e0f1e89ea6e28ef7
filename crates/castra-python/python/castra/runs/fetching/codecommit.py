"""From an AWS CodeCommit repository, by AWS' library ``boto3``."""

from __future__ import annotations

from collections.abc import Mapping

from castra.runs.fetching.files import save
from castra.utilities.aws import get_boto_client

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def fetch(storage: Mapping[str, Any], place: str, folder: str) -> str:
    """Gets the file with the credentials of the flow run.

    Raises ``ModuleNotFoundError`` if ``boto3`` is not installed, ``ValueError`` if AWS does not give it.
    """
    client = get_boto_client("codecommit", **(storage.get("client_options") or {}))
    commit = {"commitSpecifier": storage["commit"]} if storage.get("commit") else {}
    try:
        content: bytes = client.get_file(repositoryName=storage["repo"], filePath=place, **commit)["fileContent"]
    except client.exceptions.ClientError as error:
        raise ValueError(f"{place} could not be fetched from the CodeCommit repository {storage['repo']}: {error}") from None
    return save(content, place, folder)
