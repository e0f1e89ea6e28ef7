"""From a bucket of Google Cloud Storage."""

from __future__ import annotations

from collections.abc import Mapping

from castra.buckets.gcs import GCSBucket
from castra.runs.fetching.files import save

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def fetch(storage: Mapping[str, Any], place: str, folder: str) -> str:
    """Gets the file with the credentials of the flow run.

    Raises ``ModuleNotFoundError`` if ``google-cloud-storage`` is not installed, ``BucketError`` if Google does not give it.
    """
    return save(GCSBucket(storage["bucket"], storage.get("project")).read(place), place, folder)
