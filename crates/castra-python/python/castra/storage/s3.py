"""`S3`: an object of an S3 bucket."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from castra.storage.in_bucket import InBucket, script_at_hand

if TYPE_CHECKING:
    from castra.buckets.bucket import Bucket
    from castra.engine.result import Result


class S3(InBucket):
    """Flows in a bucket of Amazon S3, or of what speaks its protocol; they are uploaded when they are registered.

    Args:
        bucket: the bucket.
        key: the object that holds the flow; of the flow's name and the time of its registration if not given.
        stored_as_script: whether it is a Python file, rather than a pickled flow.
        local_script_path: the Python file that is uploaded with `stored_as_script`; the one that `castra register` loads if not given.
            Without either, it has to be at `key` already.
        client_options: options of the boto3 client.
        upload_options: options of the upload, which boto3 calls `ExtraArgs`.
        result: where results are stored of flows that are kept here and do not say it themselves.
        secrets: names of secrets that the flow run is given.
        labels: labels that it adds to the run config of a flow.

    Raises:
        TypeError: an argument that is not listed here.
        ValueError: a value that its field cannot take.
    """

    _type = "S3"
    _fields = ("bucket", "key", "client_options", "stored_as_script")
    _place = "key"

    bucket: str
    key: str | None
    client_options: Mapping[str, Any] | None
    upload_options: Mapping[str, Any] | None

    def __init__(
        self,
        bucket: str,
        key: str | None = None,
        stored_as_script: bool = False,
        local_script_path: str | os.PathLike[str] | None = None,
        client_options: Mapping[str, Any] | None = None,
        upload_options: Mapping[str, Any] | None = None,
        *,
        result: Result | None = None,
        secrets: Iterable[str] | None = None,
        labels: Iterable[str] | None = None,
        add_default_labels: bool | None = None,
        **unknown: NoReturn,
    ) -> None:
        self.local_script_path = script_at_hand(local_script_path)
        self.upload_options = upload_options
        self._take(
            {
                "bucket": bucket,
                "key": key,
                "client_options": client_options,
                "stored_as_script": stored_as_script,
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
        from castra.engine.results.s3_result import S3Result

        return S3Result(self.bucket, boto3_kwargs=self.client_options)

    def _bucket(self) -> Bucket:
        from castra.buckets.s3 import S3Bucket

        return S3Bucket(self.bucket, self.client_options, self.upload_options)
