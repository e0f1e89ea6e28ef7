"""`Azure`: a blob of Azure Storage."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NoReturn

from castra.storage.in_bucket import InBucket

if TYPE_CHECKING:
    from castra.buckets.bucket import Bucket
    from castra.engine.result import Result


class Azure(InBucket):
    """Flows in a container of Azure Blob Storage. Pickled ones are uploaded when they are registered; a Python file has to be at
    `blob_name` already.

    Args:
        container: the container.
        connection_string_secret: name of the secret with the connection string, of this process and of the flow run;
            `AZURE_STORAGE_CONNECTION_STRING`, a secret or an environment variable, if not given.
        blob_name: the blob that holds the flow; of the flow's name and the time of its registration if not given.
        overwrite: whether a blob that is there is replaced; otherwise that is an error.
        stored_as_script: whether it is a Python file, rather than a pickled flow.
        result: where results are stored of flows that are kept here and do not say it themselves.
        secrets: names of secrets that the flow run is given.
        labels: labels that it adds to the run config of a flow.

    Raises:
        TypeError: an argument that is not listed here.
        ValueError: a value that its field cannot take.
    """

    _type = "Azure"
    _fields = ("container", "connection_string_secret", "blob_name", "stored_as_script")
    _place = "blob_name"

    container: str
    connection_string_secret: str | None
    blob_name: str | None
    overwrite: bool

    def __init__(
        self,
        container: str,
        connection_string_secret: str | None = None,
        blob_name: str | None = None,
        overwrite: bool = False,
        stored_as_script: bool = False,
        *,
        result: Result | None = None,
        secrets: Iterable[str] | None = None,
        labels: Iterable[str] | None = None,
        add_default_labels: bool | None = None,
        **unknown: NoReturn,
    ) -> None:
        self.overwrite = overwrite
        self._take(
            {
                "container": container,
                "connection_string_secret": connection_string_secret,
                "blob_name": blob_name,
            },
            stored_as_script=stored_as_script,
            result=result,
            secrets=secrets,
            labels=labels,
            add_default_labels=add_default_labels,
            **unknown,
        )

    @property
    def result_of_targets(self) -> Result | None:
        from castra.engine.results.azure_result import AzureResult

        return AzureResult(self.container, connection_string_secret=self.connection_string_secret)

    def _bucket(self) -> Bucket:
        from castra.buckets.azure import AzureContainer, connection_string

        return AzureContainer(self.container, connection_string(self.connection_string_secret), self.overwrite)
