"""Results in buckets of Google Cloud Storage."""

from __future__ import annotations

from collections.abc import Callable

from castra.engine.results.in_bucket import InBucketResult
from castra.engine.serializers import Serializer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from castra.buckets.bucket import Bucket


class GCSResult(InBucketResult):
    """A result in a bucket of Google Cloud Storage."""

    _type = "GCSResult"
    _fields = ("bucket",)

    def __init__(
        self,
        bucket: str | None = None,
        *,
        value: Any = None,
        location: str | Callable[..., str] | None = None,
        serializer: Serializer | None = None,
    ):
        self.bucket = bucket
        super().__init__(value=value, location=location, serializer=serializer)

    def _bucket(self) -> Bucket:
        from castra.buckets.gcs import GCSBucket

        return GCSBucket(self.bucket)
