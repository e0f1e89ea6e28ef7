"""Results in containers of Azure Blob Storage."""

from __future__ import annotations

from collections.abc import Callable

from castra.engine.results.in_bucket import InBucketResult
from castra.engine.serializers import Serializer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from castra.buckets.bucket import Bucket


class AzureResult(InBucketResult):
    """A result in a container of the account that the connection string names: the one given, else the secret of this name, else
    ``AZURE_STORAGE_CONNECTION_STRING``, a secret or an environment variable."""

    _type = "AzureResult"
    _fields = ("container",)

    def __init__(
        self,
        container: str,
        connection_string: str | None = None,
        connection_string_secret: str | None = None,
        *,
        value: Any = None,
        location: str | Callable[..., str] | None = None,
        serializer: Serializer | None = None,
    ):
        self.container = container
        self.connection_string = connection_string
        self.connection_string_secret = connection_string_secret
        super().__init__(value=value, location=location, serializer=serializer)

    def _bucket(self) -> Bucket:
        from castra.buckets.azure import AzureContainer, connection_string

        named = self.connection_string or connection_string(self.connection_string_secret)
        return AzureContainer(self.container, named, overwrite=True)
