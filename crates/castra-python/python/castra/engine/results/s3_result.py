"""Results in buckets of Amazon S3, and of what speaks its protocol."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from castra.engine.results.in_bucket import InBucketResult
from castra.engine.serializers import Serializer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from castra.buckets.bucket import Bucket


class S3Result(InBucketResult):
    """A result in an S3 bucket; ``boto3_kwargs`` are options of the client, ``upload_options`` what ``boto3`` calls ``ExtraArgs``."""

    _type = "S3Result"
    _fields = ("bucket",)

    def __init__(
        self,
        bucket: str,
        boto3_kwargs: Mapping[str, Any] | None = None,
        upload_options: Mapping[str, Any] | None = None,
        *,
        value: Any = None,
        location: str | Callable[..., str] | None = None,
        serializer: Serializer | None = None,
    ):
        self.bucket = bucket
        self.boto3_kwargs = dict(boto3_kwargs or {})
        self.upload_options = dict(upload_options or {})
        super().__init__(value=value, location=location, serializer=serializer)

    def _bucket(self) -> Bucket:
        from castra.buckets.s3 import S3Bucket

        return S3Bucket(self.bucket, self.boto3_kwargs, self.upload_options)
