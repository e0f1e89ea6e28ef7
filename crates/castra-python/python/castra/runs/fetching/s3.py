"""From an S3 bucket."""

from __future__ import annotations

from collections.abc import Mapping

from castra.buckets.s3 import S3Bucket
from castra.runs.fetching.files import save

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def fetch(storage: Mapping[str, Any], place: str, folder: str) -> str:
    """Gets the file with the credentials of the flow run.

    Raises ``ModuleNotFoundError`` if ``boto3`` is not installed, ``BucketError`` if AWS does not give it.
    """
    return save(S3Bucket(storage["bucket"], storage.get("client_options")).read(place), place, folder)
