"""`GCS`: an object of Google Cloud Storage."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NoReturn

from castra.storage.base import Storage


class GCS(Storage):
    """Flows in a bucket of Google Cloud Storage.

    Args:
        bucket: the bucket.
        key: the object that holds the Python file.
        project: the Google Cloud project.
        stored_as_script: whether it is a Python file, rather than a pickled flow.
        secrets: names of secrets that the flow run is given.
        labels: labels that it adds to the run config of a flow.

    Raises:
        TypeError: an argument that is not listed here.
        ValueError: a value that its field cannot take.
    """

    _type = "GCS"
    _fields = ("bucket", "key", "project", "stored_as_script")

    bucket: str
    key: str | None
    project: str | None

    def __init__(
        self,
        bucket: str,
        key: str | None = None,
        project: str | None = None,
        stored_as_script: bool = False,
        *,
        secrets: Iterable[str] | None = None,
        labels: Iterable[str] | None = None,
        add_default_labels: bool | None = None,
        **unknown: NoReturn,
    ) -> None:
        self._take(
            {"bucket": bucket, "key": key, "project": project},
            stored_as_script=stored_as_script,
            secrets=secrets,
            labels=labels,
            add_default_labels=add_default_labels,
            **unknown,
        )

    def _location(self, flow_name: str) -> str:
        return self._script_at("key")
