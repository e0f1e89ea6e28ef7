"""`S3`: an object of an S3 bucket."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

from castra.storage.base import Storage


class S3(Storage):
    """Flows in a bucket of Amazon S3, or of what speaks its protocol.

    Args:
        bucket: the bucket.
        key: the object that holds the Python file.
        stored_as_script: whether it is a Python file, rather than a pickled flow.
        client_options: options of the boto3 client.
        secrets: names of secrets that the flow run is given.
        labels: labels that it adds to the run config of a flow.

    Raises:
        TypeError: an argument that is not listed here.
        ValueError: a value that its field cannot take.
    """

    _type = "S3"
    _fields = ("bucket", "key", "client_options", "stored_as_script")

    bucket: str
    key: str | None
    stored_as_script: bool
    client_options: Mapping[str, Any] | None

    def __init__(
        self,
        bucket: str,
        key: str | None = None,
        stored_as_script: bool = False,
        client_options: Mapping[str, Any] | None = None,
        *,
        secrets: Iterable[str] | None = None,
        labels: Iterable[str] | None = None,
        add_default_labels: bool | None = None,
        **unknown: NoReturn,
    ) -> None:
        self._take(
            {
                "bucket": bucket,
                "key": key,
                "client_options": client_options,
                "stored_as_script": stored_as_script,
            },
            stored_as_script=stored_as_script,
            secrets=secrets,
            labels=labels,
            add_default_labels=add_default_labels,
            **unknown,
        )

    def _location(self, flow_name: str) -> str:
        return self._script_at("key")
