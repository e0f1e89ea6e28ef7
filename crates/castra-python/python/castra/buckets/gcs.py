"""Buckets of Google Cloud Storage, by Google's library ``google-cloud-storage``."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from castra.buckets.bucket import Bucket
from castra.utilities.gcp import get_storage_client


class GCSBucket(Bucket):
    """A bucket; ``project`` is the one that requests are billed to, else that of the credentials."""

    def __init__(self, bucket: str | None, project: str | None = None):
        self.name = f"the bucket {bucket} of Google Cloud Storage"
        self._named = bucket
        self._project = project

    @cached_property
    def _bucket(self) -> Any:
        return get_storage_client(project=self._project).bucket(self._named)

    def _read(self, place: str) -> bytes:
        content: bytes = self._bucket.blob(place).download_as_bytes()
        return content

    def _write(self, place: str, content: bytes) -> None:
        self._bucket.blob(place).upload_from_string(content)

    def _exists(self, place: str) -> bool:
        return bool(self._bucket.blob(place).exists())
