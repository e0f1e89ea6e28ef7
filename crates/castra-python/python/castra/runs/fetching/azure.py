"""From a container of Azure Blob Storage."""

from __future__ import annotations

from collections.abc import Mapping

from castra.buckets.azure import AzureContainer, connection_string
from castra.runs.fetching.files import save

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def fetch(storage: Mapping[str, Any], place: str, folder: str) -> str:
    """Gets the file with the connection string of the storage's secret, or of ``AZURE_STORAGE_CONNECTION_STRING``.

    Raises ``ModuleNotFoundError`` if ``azure-storage-blob`` is not installed, ``ValueError`` without a connection string, ``BucketError`` if
    Azure does not give it.
    """
    container = AzureContainer(storage["container"], connection_string(storage.get("connection_string_secret")))
    return save(container.read(place), place, folder)
