"""`Azure`: a blob of Azure Storage."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NoReturn

from castra.storage.base import Storage


class Azure(Storage):
    """Flows in a container of Azure Blob Storage.

    Args:
        container: the container.
        connection_string_secret: name of the secret with the connection string.
        blob_name: the blob that holds the Python file.
        stored_as_script: whether it is a Python file, rather than a pickled flow.
        secrets: names of secrets that the flow run is given.
        labels: labels that it adds to the run config of a flow.

    Raises:
        TypeError: an argument that is not listed here.
        ValueError: a value that its field cannot take.
    """

    _type = "Azure"
    _fields = ("container", "connection_string_secret", "blob_name", "stored_as_script")

    container: str
    connection_string_secret: str | None
    blob_name: str | None

    def __init__(
        self,
        container: str,
        connection_string_secret: str | None = None,
        blob_name: str | None = None,
        stored_as_script: bool = False,
        *,
        secrets: Iterable[str] | None = None,
        labels: Iterable[str] | None = None,
        add_default_labels: bool | None = None,
        **unknown: NoReturn,
    ) -> None:
        self._take(
            {
                "container": container,
                "connection_string_secret": connection_string_secret,
                "blob_name": blob_name,
            },
            stored_as_script=stored_as_script,
            secrets=secrets,
            labels=labels,
            add_default_labels=add_default_labels,
            **unknown,
        )

    def _location(self, flow_name: str) -> str:
        return self._script_at("blob_name")
