"""Containers of Azure Blob Storage, by Microsoft's library ``azure-storage-blob``."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from castra._extras import needed
from castra.buckets.bucket import Bucket
from castra.client.secrets import access


class AzureContainer(Bucket):
    """A container of the storage account that the connection string names; what is there is replaced only with ``overwrite``."""

    def __init__(self, container: str, connection_string: str, overwrite: bool = False):
        self.name = f"the container {container} of Azure Storage"
        self._named = container
        self._connection_string = connection_string
        self._overwrite = overwrite

    @cached_property
    def _container(self) -> Any:
        accounts = needed("azure.storage.blob", "azure").BlobServiceClient
        account = accounts.from_connection_string(self._connection_string, credential=_credential(self._connection_string))
        return account.get_container_client(self._named)

    def _read(self, place: str) -> bytes:
        content: bytes = self._container.download_blob(place).readall()
        return content

    def _write(self, place: str, content: bytes) -> None:
        self._container.upload_blob(place, content, overwrite=self._overwrite)

    def _exists(self, place: str) -> bool:
        return bool(self._container.get_blob_client(place).exists())


def _credential(connection_string: str) -> Any:
    """What is needed beside the connection string: if it has no key, whatever identity there is (a managed one, that of ``az login`` …)."""
    if any(key in connection_string for key in ("AccountKey=", "SharedAccessSignature=")):
        return None
    return needed("azure.identity", "azure").DefaultAzureCredential()


def connection_string(secret: str | None) -> str:
    """The connection string that is the secret of this name, else ``AZURE_STORAGE_CONNECTION_STRING``, a secret or an environment variable.

    Raises ``ValueError`` if there is none.
    """
    found = access(secret, "AZURE_STORAGE_CONNECTION_STRING")
    if found is None:
        raise ValueError(
            "Azure Storage needs a connection string: name its secret with `connection_string_secret`, or set the environment "
            "variable AZURE_STORAGE_CONNECTION_STRING"
        )
    return found
