"""`GCS`: an object of Google Cloud Storage."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, NoReturn

from castra.storage.in_bucket import InBucket, script_at_hand

if TYPE_CHECKING:
    from castra.buckets.bucket import Bucket
    from castra.engine.result import Result


class GCS(InBucket):
    """Flows in a bucket of Google Cloud Storage; they are uploaded when they are registered.

    Args:
        bucket: the bucket.
        key: the object that holds the flow; of the flow's name and the time of its registration if not given.
        project: the Google Cloud project that requests are billed to.
        stored_as_script: whether it is a Python file, rather than a pickled flow.
        local_script_path: the Python file that is uploaded with `stored_as_script`; the one that `castra register` loads if not given.
            Without either, it has to be at `key` already.
        result: where results are stored of flows that are kept here and do not say it themselves.
        secrets: names of secrets that the flow run is given.
        labels: labels that it adds to the run config of a flow.

    Raises:
        TypeError: an argument that is not listed here.
        ValueError: a value that its field cannot take.
    """

    _type = "GCS"
    _fields = ("bucket", "key", "project", "stored_as_script")
    _place = "key"

    bucket: str
    key: str | None
    project: str | None

    def __init__(
        self,
        bucket: str,
        key: str | None = None,
        project: str | None = None,
        stored_as_script: bool = False,
        local_script_path: str | os.PathLike[str] | None = None,
        *,
        result: Result | None = None,
        secrets: Iterable[str] | None = None,
        labels: Iterable[str] | None = None,
        add_default_labels: bool | None = None,
        **unknown: NoReturn,
    ) -> None:
        self.local_script_path = script_at_hand(local_script_path)
        self._take(
            {"bucket": bucket, "key": key, "project": project},
            stored_as_script=stored_as_script,
            result=result,
            secrets=secrets,
            labels=labels,
            add_default_labels=add_default_labels,
            **unknown,
        )

    @property
    def result_of_targets(self) -> Result | None:
        from castra.engine.results.gcs_result import GCSResult

        return GCSResult(self.bucket)

    def _bucket(self) -> Bucket:
        from castra.buckets.gcs import GCSBucket

        return GCSBucket(self.bucket, self.project)
