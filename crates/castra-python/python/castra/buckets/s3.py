"""Buckets of Amazon S3, and of what speaks its protocol, by AWS' library ``boto3``."""

from __future__ import annotations

import io
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from castra.buckets.bucket import Bucket
from castra.utilities.aws import get_boto_client


class S3Bucket(Bucket):
    """A bucket; ``upload_options`` are what ``boto3`` calls ``ExtraArgs``."""

    def __init__(
        self, bucket: str, client_options: Mapping[str, Any] | None = None, upload_options: Mapping[str, Any] | None = None
    ):
        self.name = f"the S3 bucket {bucket}"
        self._bucket = bucket
        self._upload_options = dict(upload_options or {})
        self._client_options = dict(client_options or {})

    @cached_property
    def _client(self) -> Any:
        return get_boto_client("s3", **self._client_options)

    def _read(self, place: str) -> bytes:
        content = io.BytesIO()
        self._client.download_fileobj(Bucket=self._bucket, Key=place, Fileobj=content)
        return content.getvalue()

    def _write(self, place: str, content: bytes) -> None:
        self._client.upload_fileobj(io.BytesIO(content), Bucket=self._bucket, Key=place, ExtraArgs=self._upload_options)

    def _exists(self, place: str) -> bool:
        try:
            self._client.head_object(Bucket=self._bucket, Key=place)
        except self._client.exceptions.ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                return False
            raise
        return True
